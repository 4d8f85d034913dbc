using System.Globalization;

namespace Dendrite.Contracts.Names;

/// <summary>
/// One pattern of resource names, as the protos declare it: literal parts and variables in turn. A variable is an id
/// that a caller chose, <c>{x+}</c> one that a server made, and <c>{x#}</c> a version (a positive decimal without
/// leading zeros, so that each resource has one name).
/// </summary>
internal sealed class NamePattern(string pattern)
{
    /// <summary>How much of a malformed name an error repeats.</summary>
    private const int MaxQuotedLength = 120;

    private readonly string[] parts = pattern.Split('/');

    private string Text { get; } =
        pattern.Replace("+}", "}", StringComparison.Ordinal).Replace("#}", "}", StringComparison.Ordinal);

    /// <summary>The variables of <paramref name="name"/> in order, or null where it does not have this form.</summary>
    public string[]? Match(string? name)
    {
        // Longer than any name can be: not worth splitting.
        if (name is null || name.Length > (ResourceId.MaxLength + 1) * parts.Length)
            return null;
        var given = name.Split('/');
        if (given.Length != parts.Length)
            return null;
        var variables = new string[parts.Length / 2];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!IsPart(parts[i], given[i]))
                return null;
            if (i % 2 == 1)
                variables[i / 2] = given[i];
        }
        return variables;
    }

    /// <summary>As <see cref="Match"/>, or throws.</summary>
    /// <exception cref="DendriteException"><see cref="ErrorReason.MalformedName"/>, with the form wanted.</exception>
    public string[] MatchOrThrow(string? name, string field) => Match(name) ?? throw Malformed(field, name, Text);

    internal static DendriteException Malformed(string field, string? value, string form) =>
        Malformed(
            field,
            string.IsNullOrEmpty(value)
                ? $"is empty; give {form}"
                : $"'{Quotable(value)}' is not of the form {form} (each id: {ResourceId.Form})"
        );

    /// <summary>Of an id alone, whose form is all there is to say.</summary>
    internal static DendriteException MalformedId(string field, string? value) =>
        Malformed(
            field,
            string.IsNullOrEmpty(value)
                ? $"is empty; give an id: {ResourceId.Form}"
                : $"'{Quotable(value)}' is no id: {ResourceId.Form}"
        );

    private static DendriteException Malformed(string field, string problem) =>
        new(ErrorReason.MalformedName, $"{field}: {problem}")
        {
            FieldViolations = [new FieldViolation(field, problem)],
        };

    private static bool IsPart(string part, string given) =>
        part switch
        {
            [.., '#', '}'] => IsVersion(given),
            [.., '+', '}'] => ResourceId.IsServerMade(given),
            ['{', ..] => ResourceId.IsValid(given),
            _ => part == given,
        };

    // TryParse alone would let trailing NUL characters pass.
    private static bool IsVersion(string given) =>
        given is [>= '1' and <= '9', ..]
        && given.AsSpan().TrimStart("0123456789").IsEmpty
        && long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <summary>
    /// A name may hold anything a client sends: control characters must not reach logs and terminals.
    /// </summary>
    private static string Quotable(string value)
    {
        var shown = value.Length <= MaxQuotedLength ? value : string.Concat(value.AsSpan(0, MaxQuotedLength), "…");
        return string.Create(
            shown.Length,
            shown,
            static (output, text) =>
            {
                for (var i = 0; i < text.Length; i++)
                    output[i] = char.IsControl(text[i]) || char.IsSurrogate(text[i]) ? '?' : text[i];
            }
        );
    }
}
