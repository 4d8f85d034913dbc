using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Where the value of a parameter comes from when configuration has none.</summary>
public abstract class ParameterDefault
{
    public abstract string GetDefaultValue();
}

/// <summary>
/// A random value, of at least 128 bits with the settings as they are (67 characters: 6 bits each, 22 of them).
/// </summary>
public sealed class GenerateParameterDefault : ParameterDefault
{
    // Without i, l, o and their capitals, which are mistaken for digits when read from a screen.
    private const string LowerCharacters = "abcdefghjkmnpqrstuvwxyz";
    private const string UpperCharacters = "ABCDEFGHJKMNPQRSTUVWXYZ";
    private const string NumericCharacters = "0123456789";
    private const string SpecialCharacters = "-_.{}~()*+!";

    /// <summary>Characters.</summary>
    public int MinLength { get; set; } = 22;

    public bool Lower { get; set; } = true;

    public bool Upper { get; set; } = true;

    public bool Numeric { get; set; } = true;

    public bool Special { get; set; } = true;

    public override string GetDefaultValue()
    {
        var alphabet = string.Concat(
            Lower ? LowerCharacters : string.Empty,
            Upper ? UpperCharacters : string.Empty,
            Numeric ? NumericCharacters : string.Empty,
            Special ? SpecialCharacters : string.Empty
        );
        return RandomNumberGenerator.GetString(alphabet, MinLength);
    }
}
