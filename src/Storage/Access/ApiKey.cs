using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Dendrite.Storage.Access;

/// <summary>
/// An API key as its holder has it: <c>dk_&lt;id&gt;_&lt;secret&gt;</c>. It prints without the secret.
/// </summary>
public sealed partial record ApiKey
{
    // 64 and 256 random bits: an id that meets no other, and a secret that nobody guesses.
    private const int GeneratedIdBytes = 8;
    private const int GeneratedSecretBytes = 32;

    private readonly string secret;

    private ApiKey(string id, string secret)
    {
        Id = id;
        this.secret = secret;
    }

    /// <summary>The public part: 1 to 64 letters and digits.</summary>
    public string Id { get; }

    /// <summary>A new key, from the system's source of random bytes.</summary>
    public static ApiKey Generate() =>
        new(
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(GeneratedIdBytes)),
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(GeneratedSecretBytes))
        );

    /// <summary>The whole key, secret included, for the one who made it and for nobody else.</summary>
    public string Reveal() => $"dk_{Id}_{secret}";

    /// <summary>
    /// SHA-256 of the secret: what is stored. Secrets are random and long, so a slow hash would protect nothing more.
    /// </summary>
    public byte[] HashSecret() => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>Whether the secret is the one with this hash; takes the same time for every wrong one.</summary>
    public bool Matches(ReadOnlySpan<byte> secretHash) =>
        CryptographicOperations.FixedTimeEquals(HashSecret(), secretHash);

    public static bool TryParse(string? text, out ApiKey? key)
    {
        var match = Form().Match(text ?? "");
        key = match.Success ? new(match.Groups["id"].Value, match.Groups["secret"].Value) : null;
        return match.Success;
    }

    /// <exception cref="FormatException">Does not repeat the text: it may hold a secret.</exception>
    public static ApiKey Parse(string text) =>
        TryParse(text, out var key)
            ? key!
            : throw new FormatException(
                "That is no API key: it has the form dk_<id>_<secret>, letters and digits, at least 16 in the secret."
            );

    public override string ToString() => $"dk_{Id}_…";

    // Each part ends where its characters do, so nothing is tried twice; every call is matched against it.
    [GeneratedRegex(
        @"\Adk_(?<id>[A-Za-z0-9]{1,64})_(?<secret>[A-Za-z0-9]{16,256})\z",
        RegexOptions.ExplicitCapture,
        1_000
    )]
    private static partial Regex Form();
}
