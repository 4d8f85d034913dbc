using System.Security.Cryptography;
using System.Text;

namespace Dendrite.Migrations;

/// <summary>
/// What PostgreSQL keeps of a password (RFC 5802, RFC 7677). Computed here, so that the password itself is never sent
/// and cannot come into the server's log.
/// </summary>
/// <remarks><c>SCRAM-SHA-256$&lt;iterations&gt;:&lt;salt&gt;$&lt;stored key&gt;:&lt;server key&gt;</c>, the last three
/// in base64.</remarks>
public static class ScramVerifier
{
    public const int SaltSizeBytes = 16;

    /// <summary>PostgreSQL's own number.</summary>
    private const int Iterations = 4096;

    /// <param name="password">Printable ASCII: SASLprep, which other characters would need, leaves it as it is.</param>
    /// <param name="salt">Random bytes.</param>
    public static string Create(string password, byte[] salt)
    {
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.ASCII.GetBytes(password),
            salt,
            Iterations,
            HashAlgorithmName.SHA256,
            SHA256.HashSizeInBytes
        );
        var storedKey = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"SCRAM-SHA-256${Iterations}:{Convert.ToBase64String(salt)}"
            + $"${Convert.ToBase64String(storedKey)}:{Convert.ToBase64String(serverKey)}";
    }
}
