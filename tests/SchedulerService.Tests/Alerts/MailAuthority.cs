using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Dendrite.SchedulerService.Tests.Alerts;

/// <summary>A certificate authority that a lab made itself, and what it issues, as files in PEM.</summary>
internal sealed class MailAuthority : IDisposable
{
    private readonly RSA key = RSA.Create(2048);
    private readonly X509Certificate2 certificate;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-mail-");
    private int issued;

    public MailAuthority(string name)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        certificate = request.CreateSelfSigned(now.AddYears(-2), now.AddYears(2));
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
    }

    /// <summary>Its own certificate.</summary>
    public string CertificateFile => Path.Combine(folder.FullName, "authority.pem");

    /// <summary>A certificate for the server at 127.0.0.1.</summary>
    /// <param name="name">For a server of this name instead.</param>
    /// <param name="isExpired">Whether it was valid last year.</param>
    public (string Key, string Certificate) Issue(string? name = null, bool isExpired = false)
    {
        using var own = RSA.Create(2048);
        var request = new CertificateRequest("CN=mail", own, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        if (name is null)
            names.AddIpAddress(IPAddress.Loopback);
        else
            names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        var from = TimeProvider.System.GetUtcNow().AddYears(isExpired ? -1 : 0).AddDays(-1);
        using var made = request.Create(certificate, from, from.AddDays(30), BitConverter.GetBytes(++issued));
        var path = Path.Combine(folder.FullName, $"server-{issued}");
        File.WriteAllText($"{path}.key", own.ExportPkcs8PrivateKeyPem());
        File.WriteAllText($"{path}.pem", made.ExportCertificatePem());
        return ($"{path}.key", $"{path}.pem");
    }

    public void Dispose()
    {
        certificate.Dispose();
        key.Dispose();
        folder.Delete(recursive: true);
    }
}
