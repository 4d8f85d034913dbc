using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Dendrite.SchedulerService.Alerts;
using Dendrite.SchedulerService.Alerts.Channels;
using Dendrite.SchedulerService.Secrets;
using Dendrite.V1;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Tests.Alerts;

/// <summary>E-mail against a real server in this process.</summary>
public sealed class EmailSenderTests : IAsyncDisposable
{
    private readonly MailSink sink = new();

    [Fact]
    public async Task A_message_arrives_as_it_was_written_whatever_it_says()
    {
        const string Title = "Nächtlicher Abgleich 🧠 of a title that is longer than any encoded word may be, by far";
        var sent = await SendAsync(
            SmtpSecurity.None,
            new("firing", "projects/lab/alertRules/x", Title, ".\n.hidden\nBcc: a@b")
        );

        Assert.Equal(SendResult.Sent, sent);
        var message = Assert.Single(sink.Messages);
        var parts = message.Split("\n\n", 2);
        var subject = Decode(
            Regex
                .Match(
                    parts[0],
                    @"Subject: (?<subject>(.|\n )*)\n",
                    RegexOptions.ExplicitCapture,
                    TimeSpan.FromSeconds(1)
                )
                .Groups["subject"]
                .Value
        );
        Assert.Equal($"[firing] {Title}: . .hidden Bcc: a@b", subject);
        Assert.All(parts[0].Split('\n'), line => Assert.True(line.Length <= 78, line));
        Assert.DoesNotContain("\nBcc", parts[0], StringComparison.Ordinal);
        Assert.Contains("To: <oncall@lab.example>", parts[0], StringComparison.Ordinal);
        Assert.Contains("Message-ID: <id-1@lab.example>", parts[0], StringComparison.Ordinal);
        var body = Encoding.UTF8.GetString(
            Convert.FromBase64String(parts[1].Replace("\n", "", StringComparison.Ordinal))
        );
        Assert.StartsWith($"[firing] {Title}", body, StringComparison.Ordinal);
        Assert.Equal(
            ["EHLO dendrite", "MAIL FROM:<dendrite@lab.example>", "RCPT TO:<oncall@lab.example>", "DATA", "QUIT"],
            sink.Commands
        );
    }

    [Fact]
    public async Task The_password_goes_only_over_a_protected_connection()
    {
        Assert.Equal(SendResult.Sent, await SendAsync(SmtpSecurity.StartTls, Message, trusts: true));

        var commands = sink.Commands.ToList();
        var password = commands.FindIndex(command => command.StartsWith("AUTH PLAIN ", StringComparison.Ordinal));
        Assert.True(commands.IndexOf("TLS") is > 0 and var tls && tls < password, string.Join('\n', commands));
        Assert.Equal("\0user\0hunter2", Encoding.UTF8.GetString(Convert.FromBase64String(commands[password][11..])));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_password_may_stand_in_a_place_of_its_own(bool isFile)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "of-its-own\n", TestContext.Current.CancellationToken);

        var sent = await SendAsync(
            SmtpSecurity.StartTls,
            Message,
            trusts: true,
            change: smtp =>
                (smtp.PasswordSecret, smtp.PasswordFile, smtp.Password) = isFile
                    ? ("", file, "")
                    : ("", "", "of-its-own")
        );
        File.Delete(file);

        Assert.Equal(SendResult.Sent, sent);
        var password = sink.Commands.Single(command => command.StartsWith("AUTH", StringComparison.Ordinal));
        Assert.Equal("\0user\0of-its-own", Encoding.UTF8.GetString(Convert.FromBase64String(password[11..])));
    }

    [Fact]
    public async Task Without_its_password_the_mail_server_is_not_called()
    {
        var result = await SendAsync(SmtpSecurity.StartTls, Message, change: smtp => smtp.PasswordSecret = "gone");

        Assert.False(result.IsFinal);
        Assert.Contains("no password for its mail server", result.Problem, StringComparison.Ordinal);
        Assert.Empty(sink.Commands);
    }

    [Fact]
    public async Task A_server_whose_certificate_is_not_trusted_learns_nothing()
    {
        var result = await SendAsync(SmtpSecurity.StartTls, Message);

        Assert.False(result.IsFinal);
        Assert.StartsWith("the mail server is not trusted: ", result.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain(sink.Commands, command => command.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_does_not_protect_the_connection_gets_no_message()
    {
        sink.Answer = command => command == "STARTTLS" ? "502 what?" : null;

        var result = await SendAsync(SmtpSecurity.StartTls, Message, trusts: true);

        Assert.Equal("the mail server refused STARTTLS: 502 what?", result.Problem);
        Assert.Empty(sink.Messages);
    }

    [Theory]
    [InlineData("RCPT", "550 no such user", true)]
    [InlineData("RCPT", "450 greylisted", false)]
    [InlineData("MAIL", "421 busy", false)]
    [InlineData("message", "554 spam", true)]
    [InlineData("message", "452 full", false)]
    public async Task What_a_server_refuses_for_good_is_not_tried_again(string what, string answer, bool isFinal)
    {
        sink.Answer = command => command.StartsWith(what, StringComparison.Ordinal) ? answer : null;

        var result = await SendAsync(SmtpSecurity.None, Message);

        Assert.Equal(isFinal, result.IsFinal);
        Assert.EndsWith(answer, result.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_forwards_the_message_has_taken_it()
    {
        sink.Answer = command => command.StartsWith("RCPT", StringComparison.Ordinal) ? "251 will forward" : null;

        Assert.Equal(SendResult.Sent, await SendAsync(SmtpSecurity.None, Message));
        Assert.Single(sink.Messages);
    }

    [Fact]
    public async Task A_message_that_was_taken_is_sent_however_long_the_server_takes_to_say_goodbye()
    {
        var clock = new PassingTime();
        sink.Answer = command =>
        {
            if (command == "QUIT")
            {
                clock.PassAll();
            }

            return null;
        };

        Assert.Equal(SendResult.Sent, await SendAsync(SmtpSecurity.None, Message, clock: clock));
        Assert.Single(sink.Messages);
    }

    [Fact]
    public async Task A_server_that_is_away_is_tried_again()
    {
        await sink.DisposeAsync();

        var result = await SendAsync(SmtpSecurity.None, Message);

        Assert.False(result.IsFinal);
        Assert.StartsWith("the mail server could not be reached", result.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("999999999999 x")]
    [InlineData("")]
    public async Task A_server_that_does_not_speak_smtp_is_no_crash(string answer)
    {
        sink.Answer = _ => answer;

        Assert.NotNull((await SendAsync(SmtpSecurity.None, Message)).Problem);
    }

    public async ValueTask DisposeAsync() => await sink.DisposeAsync();

    private static AlertMessage Message => new("firing", "projects/lab/alertRules/x", "title", "summary");

    private Task<SendResult> SendAsync(
        SmtpSecurity security,
        AlertMessage message,
        bool trusts = false,
        TimeProvider? clock = null,
        Action<SmtpOptions>? change = null
    )
    {
        var isProtected = security is not SmtpSecurity.None;
        var smtp = new SmtpOptions
        {
            Host = "127.0.0.1",
            Port = sink.Port,
            Security = security,
            From = "dendrite@lab.example",
            UserName = isProtected ? "user" : "",
            PasswordSecret = isProtected ? "mail" : "",
        };
        change?.Invoke(smtp);
        Assert.True(smtp.IsValid);
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new("Secrets:mail", "hunter2")]).Build();
        var secrets = new InstallationSecrets(settings, Options.Create(new SecretOptions()));
        var sender = new EmailSender(Options.Create(smtp), secrets, clock ?? TimeProvider.System)
        {
            Trust = trusts ? (_, certificate, _, _) => sink.Certificate.Equals(certificate) : null,
        };
        return sender.SendAsync(
            new(
                "lab",
                new AlertChannel { Email = "oncall@lab.example" },
                message with
                {
                    DeliveryId = "id-1",
                },
                TimeSpan.FromSeconds(30)
            ),
            TestContext.Current.CancellationToken
        );
    }

    /// <summary>As RFC 2047 says: words that follow each other are one text.</summary>
    private static string Decode(string subject) =>
        string.Concat(
            subject
                .Split("\n ")
                .Select(word => Encoding.UTF8.GetString(Convert.FromBase64String(word["=?utf-8?B?".Length..^2])))
        );

    /// <summary>Whoever waits on it waits until a test says that all of that time has passed.</summary>
    private sealed class PassingTime : TimeProvider
    {
        private readonly ConcurrentQueue<(TimerCallback Callback, object? State)> waiting = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            waiting.Enqueue((callback, state));
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public void PassAll()
        {
            while (waiting.TryDequeue(out var timer))
            {
                timer.Callback(timer.State);
            }
        }
    }
}
