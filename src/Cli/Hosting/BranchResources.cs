using System.CommandLine;
using Dendrite.Cli.Connection;

namespace Dendrite.Cli.Hosting;

/// <summary>
/// What lies in a branch: named by <c>--branch</c> and its id, or in full. A full name has its branch in it, so one of
/// another branch than <c>--branch</c> names is refused, and none of both goes before the other without a word.
/// </summary>
internal static class BranchResources
{
    /// <exception cref="CliException">Of another branch than was given.</exception>
    public static string StreamName(this Session session, Option<string> branch, Argument<string> stream) =>
        session.StreamName(branch, session.Arguments.GetRequiredValue(stream), stream.Name);

    /// <param name="stream">Id or full name.</param>
    /// <param name="symbol">The argument or option that it came by.</param>
    /// <exception cref="CliException">Of another branch than was given.</exception>
    public static string StreamName(this Session session, Option<string> branch, string stream, string symbol)
    {
        var name = session.Platform.StreamName(session.Arguments.GetRequiredValue(branch), stream);
        session.RequireOneBranch(branch, name, symbol);
        return name;
    }

    /// <exception cref="CliException">Of another branch than was given.</exception>
    public static string DatasetName(this Session session, Option<string> branch, Argument<string> dataset)
    {
        var written = session.Arguments.GetRequiredValue(dataset);
        var name = session.Platform.DatasetName(session.Arguments.GetRequiredValue(branch), written);
        session.RequireOneBranch(branch, name, dataset.Name);
        return name;
    }

    /// <param name="branch">Null in it where the command can do without a branch.</param>
    /// <param name="name">The full name of what lies in a branch.</param>
    /// <param name="symbol">The argument or option that it came by.</param>
    /// <exception cref="CliException">Of another branch than was given.</exception>
    public static void RequireOneBranch<T>(this Session session, Option<T> branch, string name, string symbol)
        where T : class?
    {
        if (
            session.Arguments.GetResult(branch) is { Implicit: false }
            && session.Arguments.GetValue(branch) is string written
            && name.StartsWith(Platform.FullNames, StringComparison.Ordinal)
            && session.Platform.BranchName(written) is var given
            && !name.StartsWith($"{given}/", StringComparison.Ordinal)
        )
        {
            throw new CliException(
                ExitCode.Usage,
                "USAGE",
                $"{symbol} {name} is not on the branch that --branch names, {given}: leave one of them out, or give"
                    + $" {symbol} the id alone."
            );
        }
    }
}
