using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Dendrite.SchedulerService.Alerts.Channels;

/// <summary>
/// The client's side of SMTP, as far as one message to one receiver needs it (RFC 5321, with STARTTLS of RFC 3207 and
/// AUTH PLAIN of RFC 4954). Not thread-safe.
/// </summary>
internal sealed class SmtpConnection : IAsyncDisposable
{
    /// <summary>Twice what RFC 5321 allows a line, and many lines more than any server sends.</summary>
    private const int MaxLine = 2_048;
    private const int MaxLines = 100;

    /// <summary>Nothing depends on a goodbye: it is waited for out of courtesy.</summary>
    private static readonly TimeSpan QuitLimit = TimeSpan.FromSeconds(2);

    private readonly byte[] buffer = new byte[4_096];
    private Stream stream;
    private int start;
    private int end;

    private SmtpConnection(Stream stream) => this.stream = stream;

    /// <summary>Connects and says hello; what the options ask for of protection is there, or it fails.</summary>
    /// <param name="trust">Decides about the server's certificate, and says what is wrong with it.</param>
    /// <exception cref="SmtpException">The server refused.</exception>
    /// <exception cref="SocketException">It could not be reached.</exception>
    /// <exception cref="IOException">It broke off.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">Its certificate is not
    /// trusted.</exception>
    public static async Task<SmtpConnection> OpenAsync(
        SmtpOptions options,
        MailServerTrust trust,
        CancellationToken cancellationToken
    )
    {
        var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(options.Host, options.Port, cancellationToken);
        }
        catch
        {
            client.Dispose();
            throw;
        }

        var connection = new SmtpConnection(client.GetStream());
        try
        {
            await connection.GreetAsync(options, trust, cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>AUTH PLAIN.</summary>
    public Task AuthenticateAsync(string user, string password, CancellationToken cancellationToken)
    {
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}"));
        return AskAsync($"AUTH PLAIN {credentials}", "AUTH", 235, cancellationToken);
    }

    /// <summary>Hands over one message; when it returns, the server is responsible for it.</summary>
    /// <param name="message">Headers and body in lines of ASCII that end in CR LF, none of which begins with a
    /// dot.</param>
    public async Task SendAsync(string from, string to, string message, CancellationToken cancellationToken)
    {
        await AskAsync($"MAIL FROM:<{from}>", "MAIL", 250, cancellationToken);
        await AskAsync($"RCPT TO:<{to}>", "RCPT", 250, cancellationToken);
        await AskAsync("DATA", "DATA", 354, cancellationToken);
        await AskAsync($"{message}.", "the message", 250, cancellationToken);
    }

    /// <summary>
    /// Says goodbye, for two seconds at most. The message is handed over already, so what goes wrong here is no
    /// failure, and neither is that there is no time left.
    /// </summary>
    /// <param name="time">By which the two seconds pass.</param>
    public async Task QuitAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(QuitLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await AskAsync("QUIT", "QUIT", 221, either.Token);
        }
        catch (Exception failure) when (failure is IOException or SmtpException or OperationCanceledException)
        {
            // It has gone, or takes its time.
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async Task GreetAsync(SmtpOptions options, MailServerTrust trust, CancellationToken cancellationToken)
    {
        if (options.Security is SmtpSecurity.Tls)
        {
            await ProtectAsync(options.Host, trust, cancellationToken);
        }

        await ExpectAsync("its greeting", 220, cancellationToken);
        await AskAsync("EHLO dendrite", "EHLO", 250, cancellationToken);
        if (options.Security is not SmtpSecurity.StartTls)
        {
            return;
        }

        // Asked for whether it is announced or not: who can change the announcement must not switch it off.
        await AskAsync("STARTTLS", "STARTTLS", 220, cancellationToken);
        if (start != end)
        {
            // What came in the clear behind the answer would be taken for the protected server's.
            throw new SmtpException("STARTTLS", 500, "it said more than was asked before the connection was protected");
        }

        await ProtectAsync(options.Host, trust, cancellationToken);
        await AskAsync("EHLO dendrite", "EHLO", 250, cancellationToken);
    }

    private async Task ProtectAsync(string host, MailServerTrust trust, CancellationToken cancellationToken)
    {
        var protectedStream = new SslStream(stream, leaveInnerStreamOpen: false);
        stream = protectedStream;
        await protectedStream.AuthenticateAsClientAsync(trust.OptionsFor(host), cancellationToken);
    }

    private async Task AskAsync(string command, string what, int expected, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), cancellationToken);
        await stream.FlushAsync(cancellationToken);
        await ExpectAsync(what, expected, cancellationToken);
    }

    private async Task ExpectAsync(string what, int expected, CancellationToken cancellationToken)
    {
        for (var i = 0; i < MaxLines; i++)
        {
            var line = await ReadLineAsync(cancellationToken);
            if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), CultureInfo.InvariantCulture, out var code))
            {
                throw new IOException("The server does not speak SMTP.");
            }

            // A hyphen says that more lines follow.
            if (line.Length > 3 && line[3] == '-')
            {
                continue;
            }

            // 251: it passes the message on, and is responsible for it all the same (RFC 5321, 3.4).
            if (code != expected && (code, expected) is not (251, 250))
            {
                throw new SmtpException(what, code, line.Length > 4 ? line[4..] : "");
            }

            return;
        }

        throw new IOException("The server's answer does not end.");
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (line.Length <= MaxLine)
        {
            for (; start < end; start++)
            {
                if (buffer[start] == '\n')
                {
                    start++;
                    return line.ToString().TrimEnd('\r');
                }

                line.Append((char)buffer[start]);
            }

            (start, end) = (0, await stream.ReadAsync(buffer, cancellationToken));
            if (end == 0)
            {
                throw new IOException("The server broke off.");
            }
        }

        throw new IOException("A line of the server does not end.");
    }
}

/// <summary>A mail server said no.</summary>
internal sealed class SmtpException(string what, int code, string text) : Exception($"{what}: {code} {text}")
{
    /// <summary>RFC 5321, 4.2.1: 5yz is for good, 4yz for now.</summary>
    public bool IsFinal => code >= 500;
}
