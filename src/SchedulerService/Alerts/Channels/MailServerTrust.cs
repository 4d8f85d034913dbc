using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Dendrite.SchedulerService.Alerts.Channels;

/// <summary>
/// Decides whether a mail server is who it should be, and names what is wrong with its certificate: whoever runs the
/// installation reads it where the message failed. One for each connection; not thread-safe.
/// </summary>
internal sealed class MailServerTrust
{
    /// <summary>What a stranger wrote into a certificate is shown cut.</summary>
    private const int MaxShown = 200;

    private readonly X509Certificate2Collection? authorities;
    private readonly RemoteCertificateValidationCallback? judge;
    private string host = "";

    private MailServerTrust(X509Certificate2Collection? authorities, RemoteCertificateValidationCallback? judge) =>
        (this.authorities, this.judge) = (authorities, judge);

    /// <summary>What is wrong, for people.</summary>
    public string Problem { get; private set; } = "the connection could not be protected";

    /// <summary>Reads the authorities anew, so that one that is renewed needs no restart.</summary>
    /// <param name="file">In PEM; empty: those that the machine trusts.</param>
    /// <param name="judge">Decides in place of all this; null: nobody does.</param>
    public static bool TryLoad(
        string file,
        RemoteCertificateValidationCallback? judge,
        [NotNullWhen(true)] out MailServerTrust? trust
    )
    {
        trust = null;
        if (file.Length == 0)
        {
            trust = new(null, judge);
            return true;
        }

        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception unreadable)
            when (unreadable is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return false;
        }

        // A file that names nobody would be taken for one that trusts nobody, and is a mistake.
        trust = authorities.Count > 0 ? new(authorities, judge) : null;
        return trust is not null;
    }

    public SslClientAuthenticationOptions OptionsFor(string serverHost)
    {
        host = serverHost;
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = serverHost,
            RemoteCertificateValidationCallback = judge ?? Judge,
        };
        if (authorities is not null)
        {
            // An authority of one's own publishes no revocations as a rule.
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(authorities);
            options.CertificateChainPolicy = policy;
        }

        return options;
    }

    private bool Judge(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        if (shown is null)
        {
            Problem = "it showed no certificate";
            return false;
        }

        using var certificate = new X509Certificate2(shown);
        var problems = new List<string>();
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            problems.Add(
                $"its certificate is for {NamesOf(certificate)} and not for '{host}': set Scheduler:Smtp:Host to a "
                    + "name that it has"
            );
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            problems.AddRange(ChainProblems(certificate, chain));
        }

        Problem = string.Join("; ", problems.Distinct());
        return false;
    }

    private static IEnumerable<string> ChainProblems(X509Certificate2 certificate, X509Chain? chain)
    {
        foreach (var status in chain?.ChainStatus ?? [])
        {
            yield return status.Status switch
            {
                X509ChainStatusFlags.NotTimeValid => "its certificate, or one of its issuers', is valid from "
                    + $"{Day(certificate.NotBefore)} to {Day(certificate.NotAfter)} only: have it renewed",
                X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.PartialChain =>
                    $"its certificate was issued by {Show(certificate.Issuer)}, whom nobody trusts here: name that "
                        + "authority in Scheduler:Smtp:AuthoritiesFile",
                _ => $"its certificate is not valid ({status.Status})",
            };
        }
    }

    private static string NamesOf(X509Certificate2 certificate)
    {
        var names = certificate
            .Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(names =>
                names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => $"{address}"))
            )
            .ToList();
        return names.Count > 0 ? Show(string.Join(", ", names)) : Show(certificate.Subject);
    }

    private static string Day(DateTime time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Show(string text)
    {
        var line = string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));
        return line.Length <= MaxShown ? $"'{line}'" : $"'{line[..MaxShown]}…'";
    }
}
