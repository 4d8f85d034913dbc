namespace Dendrite.Cli.Hosting;

/// <summary>What the process returns; docs/cli.md lists them for scripts. A number never changes its meaning.</summary>
internal enum ExitCode
{
    Success = 0,

    /// <summary>
    /// The work was done and the answer is no: a difference with <c>--exit-code</c>, a check that did not hold.
    /// </summary>
    Failure = 1,

    /// <summary>The command line or a value in it is wrong.</summary>
    Usage = 2,

    /// <summary>A branch, stream, channel or file that does not exist.</summary>
    NotFound = 3,

    /// <summary>The platform does not answer; the same command may work later.</summary>
    Unavailable = 4,

    /// <summary>No API key, or one that does not reach so far.</summary>
    Denied = 5,

    /// <summary>
    /// The state of the platform is in the way: it exists already, is protected, was changed meanwhile.
    /// </summary>
    Conflict = 6,

    /// <summary>A file or stored data that cannot be read: damaged or of another format.</summary>
    BadData = 7,

    /// <summary>A defect, of the client or the server.</summary>
    Internal = 8,

    /// <summary>Ended by Ctrl-C; the number that shells give.</summary>
    Cancelled = 130,

    /// <summary>Whoever read standard output has gone; the number that shells give.</summary>
    OutputClosed = 141,
}
