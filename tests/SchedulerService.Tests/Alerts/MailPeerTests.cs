using System.Text;
using Dendrite.SchedulerService.Alerts;
using Dendrite.SchedulerService.Alerts.Channels;
using Dendrite.SchedulerService.Secrets;
using Dendrite.V1;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Tests.Alerts;

/// <summary>E-mail to a mail server of others, behind a certificate authority that a lab made itself.</summary>
public sealed class MailPeerTests : IDisposable
{
    private readonly MailAuthority authority = new("Lab authority");

    [Theory]
    [InlineData("tls")]
    [InlineData("starttls")]
    public async Task A_server_of_the_labs_own_authority_gets_the_message_over_a_protected_connection(string security)
    {
        await using var peer = await MailPeer.StartAsync(security, authority.Issue());

        Assert.Equal(SendResult.Sent, await SendAsync(peer, security, authority.CertificateFile));

        var taken = await peer.ReadAsync();
        Assert.Equal("dendrite@lab.example", taken.GetProperty("from").GetString());
        Assert.Equal("oncall@lab.example", Assert.Single(taken.GetProperty("to").EnumerateArray()).GetString());
        Assert.Equal("user", taken.GetProperty("user").GetString());
        Assert.True(taken.GetProperty("secure").GetBoolean());
        var parts = taken.GetProperty("message").GetString()!.Split("\r\n\r\n", 2);
        Assert.Contains("Message-ID: <id-1@lab.example>", parts[0]);
        var body = Convert.FromBase64String(parts[1].Replace("\r\n", "", StringComparison.Ordinal));
        Assert.StartsWith("[firing] Prüfung: zu spät", Encoding.UTF8.GetString(body));
    }

    [Theory]
    [InlineData("tls")]
    [InlineData("starttls")]
    public async Task A_server_of_an_authority_that_nobody_named_is_refused_and_its_issuer_is_said(string security)
    {
        using var stranger = new MailAuthority("Stranger");
        await using var peer = await MailPeer.StartAsync(security, stranger.Issue());

        await AssertRefusedAsync(peer, security, authority.CertificateFile, "issued by 'CN=Stranger'");
    }

    [Fact]
    public async Task Without_an_authority_of_ones_own_those_of_the_machine_count()
    {
        await using var peer = await MailPeer.StartAsync("tls", authority.Issue());

        await AssertRefusedAsync(peer, "tls", "", "name that authority in Scheduler:Smtp:AuthoritiesFile");
    }

    [Theory]
    [InlineData("tls")]
    [InlineData("starttls")]
    public async Task A_server_with_another_servers_certificate_is_refused_and_both_names_are_said(string security)
    {
        await using var peer = await MailPeer.StartAsync(security, authority.Issue(name: "other.example"));

        await AssertRefusedAsync(
            peer,
            security,
            authority.CertificateFile,
            "is for 'other.example' and not for '127.0.0.1'"
        );
    }

    [Theory]
    [InlineData("tls")]
    [InlineData("starttls")]
    public async Task A_server_with_a_certificate_that_is_over_is_refused_and_its_last_day_is_said(string security)
    {
        await using var peer = await MailPeer.StartAsync(security, authority.Issue(isExpired: true));

        await AssertRefusedAsync(peer, security, authority.CertificateFile, "only: have it renewed");
    }

    [Fact]
    public async Task A_server_that_speaks_the_other_way_is_no_crash()
    {
        await using var peer = await MailPeer.StartAsync("starttls", authority.Issue());

        var result = await SendAsync(peer, "tls", authority.CertificateFile);

        Assert.False(result.IsFinal);
        Assert.NotNull(result.Problem);
    }

    [Fact]
    public async Task A_file_of_authorities_that_holds_none_is_said_and_trusts_nobody()
    {
        var empty = Path.Combine(Path.GetDirectoryName(authority.CertificateFile)!, "empty.pem");
        await File.WriteAllTextAsync(empty, "nothing", TestContext.Current.CancellationToken);
        await using var peer = await MailPeer.StartAsync("tls", authority.Issue());

        await AssertRefusedAsync(peer, "tls", empty, "Scheduler:Smtp:AuthoritiesFile");
    }

    public void Dispose() => authority.Dispose();

    /// <summary>It is said why, it is tried again later, and the server learned nothing.</summary>
    private static async Task AssertRefusedAsync(MailPeer peer, string security, string authorities, string problem)
    {
        var result = await SendAsync(peer, security, authorities);

        Assert.Contains(problem, result.Problem);
        Assert.False(result.IsFinal);
        Assert.DoesNotContain(await peer.StopAsync(), line => line.TryGetProperty("message", out _));
    }

    private static Task<SendResult> SendAsync(MailPeer peer, string security, string authorities)
    {
        var smtp = new SmtpOptions
        {
            Host = "127.0.0.1",
            Port = peer.Port,
            Security = security == "tls" ? SmtpSecurity.Tls : SmtpSecurity.StartTls,
            From = "dendrite@lab.example",
            UserName = "user",
            PasswordSecret = "mail",
            AuthoritiesFile = authorities,
        };
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new("Secrets:mail", "hunter2")]).Build();
        var secrets = new InstallationSecrets(settings, Options.Create(new SecretOptions()));
        var alert = new OutgoingAlert(
            "lab",
            new AlertChannel { Email = "oncall@lab.example" },
            new AlertMessage("firing", "projects/lab/alertRules/x", "Prüfung", "zu spät") { DeliveryId = "id-1" },
            TimeSpan.FromSeconds(30)
        );
        return new EmailSender(Options.Create(smtp), secrets, TimeProvider.System).SendAsync(
            alert,
            TestContext.Current.CancellationToken
        );
    }
}
