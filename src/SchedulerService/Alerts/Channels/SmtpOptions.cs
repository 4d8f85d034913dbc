namespace Dendrite.SchedulerService.Alerts.Channels;

/// <summary>By which server e-mail is sent. Section <c>Scheduler:Smtp</c>.</summary>
internal sealed class SmtpOptions
{
    public const string Section = "Scheduler:Smtp";

    /// <summary>Name or address of the server; empty: no e-mail is sent.</summary>
    public string Host { get; set; } = "";

    /// <summary>Default 587, for submission (RFC 6409).</summary>
    public int Port { get; set; } = 587;

    /// <summary>How the connection is protected. Default <see cref="SmtpSecurity.StartTls"/>.</summary>
    public SmtpSecurity Security { get; set; } = SmtpSecurity.StartTls;

    /// <summary>The sender's address.</summary>
    public string From { get; set; } = "";

    /// <summary>Empty: the server asks for none.</summary>
    public string UserName { get; set; } = "";

    /// <summary>
    /// The password itself, from the environment and never in a file of the repository. With
    /// <see cref="UserName"/> goes this, <see cref="PasswordFile"/> or <see cref="PasswordSecret"/>.
    /// </summary>
    public string Password { get; set; } = "";

    /// <summary>
    /// A file that holds the password alone, read anew for each message. Not below
    /// <c>Scheduler:SecretsFolder</c>, where projects find what they may send anywhere.
    /// </summary>
    public string PasswordFile { get; set; } = "";

    /// <summary>
    /// Name of a secret for all projects that holds the password. While it is named here, no project finds it.
    /// </summary>
    public string PasswordSecret { get; set; } = "";

    /// <summary>
    /// A file of certificates in PEM: of the authorities that may have issued the server's, in place of those that this
    /// machine trusts. Empty: those.
    /// </summary>
    public string AuthoritiesFile { get; set; } = "";

    /// <summary>Whether e-mail can be sent.</summary>
    public bool IsSet => Host.Length > 0;

    private int PasswordPlaces => new[] { Password, PasswordFile, PasswordSecret }.Count(place => place.Length > 0);

    /// <summary>A password never goes over a connection that anyone can read.</summary>
    public bool IsValid =>
        !IsSet
        || (
            From.Contains('@', StringComparison.Ordinal)
            && From.All(character => character is > ' ' and < '\x7F' and not ('<' or '>'))
            && Port is > 0 and < 65_536
            && PasswordPlaces == (UserName.Length == 0 ? 0 : 1)
            && (UserName.Length == 0 || Security is not SmtpSecurity.None)
        );
}

/// <summary>How a connection to a mail server is protected.</summary>
internal enum SmtpSecurity
{
    /// <summary>It begins in the clear and must turn to TLS before anything is said (RFC 3207).</summary>
    StartTls,

    /// <summary>TLS from the first byte on (RFC 8314), on port 465 as a rule.</summary>
    Tls,

    /// <summary>None: for a server on the same machine.</summary>
    None,
}
