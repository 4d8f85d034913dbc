using System.Text.RegularExpressions;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Storage.Branches;

namespace Dendrite.ServiceDefaults.Requests;

/// <summary>
/// How branches of a kind are called, such as <c>experiment-{date}-{purpose}-v{n}</c>: lower-case letters, digits and
/// hyphens as they stand, and parts in braces. <c>{date}</c> is the day as YYYYMMDD (UTC), <c>{n}</c> the lowest number
/// from 1 that is free, every other part a value that the caller gives.
/// </summary>
/// <remarks>
/// Between two parts something must stand, and each part stands once: so a name says its parts. The database checks
/// names against the same rules in <c>branching.naming_pattern</c>; a test compares the two.
/// </remarks>
public sealed partial class NamingTemplate
{
    private const string DatePart = "date";
    private const string NumberPart = "n";
    private const int DateLength = 8;
    private const int MaxLength = 200;

    /// <summary>A name has room for fewer parts.</summary>
    private const int MaxValues = 32;

    private readonly IReadOnlyList<Piece> pieces;

    private NamingTemplate(string text, IReadOnlyList<Piece> pieces) => (Text, this.pieces) = (text, pieces);

    public string Text { get; }

    /// <summary>Whether a number stands in it.</summary>
    public bool HasNumber => pieces.Any(piece => piece is { IsPart: true, Text: NumberPart });

    /// <summary>The parts that a caller gives, in order.</summary>
    public IEnumerable<string> CallerParts =>
        pieces
            .Where(piece => piece is { IsPart: true, Text: not (DatePart or NumberPart) })
            .Select(piece => piece.Text);

    /// <summary>Reads a template.</summary>
    /// <param name="field">The proto path of the template, for the error.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static NamingTemplate Parse(string text, string field)
    {
        if (text.Length is 0 or > MaxLength)
        {
            throw DendriteException.Invalid(field, $"must have 1 to {MaxLength} characters, such as trial-{{id}}");
        }

        var pieces = Pieces().Matches(text).Select(Piece.Of).ToArray();
        if (pieces.Sum(piece => piece.Length) != text.Length)
        {
            throw DendriteException.Invalid(
                field,
                $"'{RequestFields.Excerpt(text)}' holds other than lower-case letters, digits, hyphens and parts such "
                    + "as {date}, {n} and {purpose}"
            );
        }

        var template = new NamingTemplate(text, pieces);
        return template.Problem() is { } problem ? throw DendriteException.Invalid(field, problem) : template;
    }

    /// <summary>Puts values in the place of the parts.</summary>
    /// <param name="values">Those of the caller's own parts: each one, and no other.</param>
    /// <exception cref="DendriteException">
    /// INVALID_ARGUMENT: a value is missing, unknown or no part of an id.
    /// </exception>
    public NumberedName Fill(IReadOnlyDictionary<string, string> values, DateTimeOffset now)
    {
        foreach (var given in values.Keys.Except(CallerParts))
        {
            throw DendriteException.Invalid(
                "template_values",
                $"'{RequestFields.Excerpt(given)}' is no part of the template '{Text}' that a caller gives"
            );
        }

        var (before, after, hasNumber) = ("", "", false);
        foreach (var piece in pieces)
        {
            if (piece is { IsPart: true, Text: NumberPart })
            {
                hasNumber = true;
                continue;
            }

            var text = piece.IsPart ? ValueOf(piece.Text, values, now) : piece.Text;
            (before, after) = hasNumber ? (before, after + text) : (before + text, after);
        }

        var name = new NumberedName(before, after, hasNumber);
        return ResourceId.IsValid(name.WithNumber(1))
            ? name
            : throw DendriteException.Invalid(
                "template_values",
                $"make '{RequestFields.Excerpt(name.WithNumber(1))}', which is no id: {ResourceId.Form}"
            );
    }

    /// <summary>Refuses values that could be no part of any name, whatever the template.</summary>
    /// <param name="field">The proto path of the values, for the error.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static void CheckValues(IReadOnlyDictionary<string, string> values, string field)
    {
        if (values.Count > MaxValues)
        {
            throw DendriteException.Invalid(field, $"has {values.Count} entries; at most {MaxValues} are allowed");
        }

        foreach (var (part, value) in values)
        {
            if (!Part().IsMatch(part) || part is DatePart or NumberPart)
            {
                throw DendriteException.Invalid(
                    field,
                    $"'{RequestFields.Excerpt(part)}' is no part that a caller gives: a lower-case letter, then "
                        + "lower-case letters, digits or underscores, and neither date nor n"
                );
            }

            CheckValue(value, $"{field}.{part}");
        }
    }

    private static string CheckValue(string value, string field) =>
        Value().IsMatch(value)
            ? value
            : throw DendriteException.Invalid(
                field,
                $"'{RequestFields.Excerpt(value)}' is no part of an id: lower-case letters, digits and hyphens inside"
            );

    private string ValueOf(string part, IReadOnlyDictionary<string, string> values, DateTimeOffset now)
    {
        if (part == DatePart)
        {
            return now.UtcDateTime.ToString("yyyyMMdd");
        }

        if (!values.TryGetValue(part, out var value))
        {
            throw DendriteException.Invalid("template_values", $"has no '{part}', which the template '{Text}' needs");
        }

        return CheckValue(value, $"template_values.{part}");
    }

    private string? Problem()
    {
        var parts = pieces.Where(piece => piece.IsPart).Select(piece => piece.Text).ToArray();
        if (parts.Length != parts.Distinct(StringComparer.Ordinal).Count())
        {
            return $"'{Text}' has a part twice; each stands once";
        }

        if (pieces.Zip(pieces.Skip(1)).Any(pair => pair.First.IsPart && pair.Second.IsPart))
        {
            return $"'{Text}' has two parts with nothing between them, so that a name would not say which is which; "
                + "put a letter, digit or hyphen there";
        }

        var (first, last) = (pieces[0], pieces[^1]);
        if (first.IsPart ? first.Text is DatePart or NumberPart : !char.IsAsciiLetterLower(first.Text[0]))
        {
            return $"'{Text}' does not begin with a letter, as every id does; put one before it";
        }

        if (!last.IsPart && last.Text[^1] == '-')
        {
            return $"'{Text}' ends in a hyphen, as no id does; leave that out";
        }

        var shortest = pieces.Sum(piece =>
            !piece.IsPart ? piece.Text.Length
            : piece.Text == DatePart ? DateLength
            : 1
        );
        return shortest > ResourceId.MaxLength
            ? $"'{Text}' makes ids of at least {shortest} characters; at most {ResourceId.MaxLength} are allowed"
            : null;
    }

    /// <param name="Text">Letters as they stand, or the name of a part.</param>
    /// <param name="Length">In the template, with braces.</param>
    private sealed record Piece(string Text, bool IsPart, int Length)
    {
        public static Piece Of(Match match) =>
            match.Groups["part"].Success
                ? new(match.Groups["part"].Value, IsPart: true, match.Length)
                : new(match.Value, IsPart: false, match.Length);
    }

    [GeneratedRegex(@"\{(?<part>[a-z][a-z0-9_]{0,31})\}|[a-z0-9-]+", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Pieces();

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,31}\z", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Part();

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Value();
}
