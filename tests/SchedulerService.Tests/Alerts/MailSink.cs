using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Dendrite.SchedulerService.Tests.Alerts;

/// <summary>A mail server on this machine that keeps what it gets, and says no where a test wants it to.</summary>
internal sealed class MailSink : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Task serving;

    public MailSink()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        Certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        serving = ServeAsync();
    }

    public int Port { get; }

    public X509Certificate2 Certificate { get; }

    /// <summary>What it answers to a command in place of what is usual; null: what is usual.</summary>
    public Func<string, string?> Answer { get; set; } = _ => null;

    /// <summary>Every command, in order; <c>TLS</c> where the connection turned to it.</summary>
    public ConcurrentQueue<string> Commands { get; } = new();

    /// <summary>Messages that it took over, as they came.</summary>
    public ConcurrentQueue<string> Messages { get; } = new();

    public async ValueTask DisposeAsync()
    {
        if (stop.IsCancellationRequested)
        {
            return;
        }

        await stop.CancelAsync();
        listener.Stop();
        await serving;
        Certificate.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var client = await listener.AcceptTcpClientAsync(stop.Token);
                await TalkAsync(client.GetStream());
            }
            catch (Exception gone)
                when (gone is IOException or SocketException or AuthenticationException or OperationCanceledException)
            {
                // The client left, or the test ends.
            }
        }
    }

    private async Task TalkAsync(Stream stream)
    {
        await SayAsync(stream, "220 sink ready");
        while (await ReadLineAsync(stream) is { } command)
        {
            Commands.Enqueue(command);
            var verb = command.Split(' ')[0];
            var answer = Answer(command) ?? Usual(verb);
            await SayAsync(stream, answer);
            if (verb == "QUIT")
            {
                return;
            }

            if (verb == "STARTTLS" && answer.StartsWith('2'))
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(Certificate);
                Commands.Enqueue("TLS");
                stream = tls;
            }

            if (verb == "DATA" && answer.StartsWith('3'))
            {
                await TakeAsync(stream);
            }
        }
    }

    private async Task TakeAsync(Stream stream)
    {
        var message = new StringBuilder();
        while (await ReadLineAsync(stream) is { } line && line != ".")
        {
            message.Append(line).Append('\n');
        }

        var answer = Answer("message") ?? "250 taken";
        if (answer.StartsWith('2'))
        {
            Messages.Enqueue(message.ToString());
        }

        await SayAsync(stream, answer);
    }

    private static string Usual(string verb) =>
        verb switch
        {
            "EHLO" => "250-sink\r\n250-STARTTLS\r\n250 AUTH PLAIN",
            "AUTH" => "235 welcome",
            "STARTTLS" => "220 go on",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            "MAIL" or "RCPT" => "250 fine",
            _ => "500 what?",
        };

    private async Task SayAsync(Stream stream, string answer) =>
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer + "\r\n"), stop.Token);

    private async Task<string?> ReadLineAsync(Stream stream)
    {
        var (line, one) = (new StringBuilder(), new byte[1]);
        while (await stream.ReadAsync(one, stop.Token) == 1)
        {
            if (one[0] == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)one[0]);
        }

        return null;
    }
}
