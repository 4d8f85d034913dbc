using System.Security.Cryptography;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.Checks.Quality;

/// <summary>What of a check decides what it finds.</summary>
public static class QualityRule
{
    /// <summary>
    /// SHA-256 of the rule and of which streams it is about, in hexadecimal digits: checks with equal ones find the
    /// same, whatever they are called.
    /// </summary>
    public static string DigestOf(QualityCheck check)
    {
        var rule = check.Clone();
        foreach (var field in QualityCheck.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.ContainingOneof is null && field.FieldNumber != QualityCheck.StreamFilterFieldNumber)
            {
                field.Accessor.Clear(rule);
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(rule.ToByteArray()));
    }
}
