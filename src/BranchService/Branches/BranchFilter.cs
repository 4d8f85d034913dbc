using System.Text.RegularExpressions;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Storage.Branches;

namespace Dendrite.BranchService.Branches;

/// <summary>
/// The part of the filter language (AIP-160) that is served: comparisons for equality joined by AND, over
/// <c>branch_id</c> (with a final <c>*</c>: a prefix), <c>state</c>, <c>kind</c> and <c>labels.KEY</c>.
/// </summary>
internal static partial class BranchFilter
{
    private const int MaxLength = 4_000;

    /// <summary>Narrows a query by a filter.</summary>
    /// <exception cref="DendriteException">INVALID_FILTER: does not parse, or names what cannot be asked for
    /// here.</exception>
    public static BranchQuery Apply(string filter, BranchQuery query)
    {
        if (filter.Length > MaxLength)
        {
            throw Invalid($"has {filter.Length} characters; at most {MaxLength} are allowed");
        }

        var rest = filter.Trim();
        while (rest.Length > 0)
        {
            var term = Term().Match(rest);
            if (!term.Success)
            {
                throw Invalid("is not a list of comparisons such as `kind = TRIAL AND labels.site = \"berlin\"`");
            }

            var value = term.Groups["quoted"].Success
                ? Escape().Replace(term.Groups["quoted"].Value, "${kept}")
                : term.Groups["bare"].Value;
            query = Narrow(query, term.Groups["field"].Value, value);
            rest = rest[term.Length..];
        }

        return query;
    }

    private static BranchQuery Narrow(BranchQuery query, string field, string value) =>
        field switch
        {
            "branch_id" => query with { Prefix = Prefix(value) },
            "state" => query with { State = Named<BranchState>(field, value) },
            "kind" => query with { Kind = Named<BranchKind>(field, value) },
            _ when field.StartsWith("labels.", StringComparison.Ordinal) => query with
            {
                Labels = new Dictionary<string, string>(query.Labels)
                {
                    [field["labels.".Length..]] = Requests.RequestFields.Text(value, "filter", MaxLength),
                },
            },
            _ => throw Invalid($"'{field}' cannot be asked for here; branch_id, state, kind and labels.KEY can"),
        };

    private static string Prefix(string value)
    {
        if (!value.EndsWith('*'))
        {
            throw Invalid("branch_id must end with '*' to ask for a prefix; GetBranch finds one branch");
        }

        var prefix = value[..^1];
        return prefix.Length == 0 || ResourceId.IsValid(prefix.TrimEnd('-'))
            ? prefix
            : throw Invalid("branch_id is compared to what no id begins with");
    }

    private static T Named<T>(string field, string value)
        where T : struct, Enum =>
        // Names only: Enum.TryParse takes numbers too.
        value.All(char.IsAsciiLetterUpper) && Enum.TryParse<T>(value, ignoreCase: true, out var named)
            ? named
            : throw Invalid(
                $"{field} is one of {string.Join(", ", Enum.GetNames<T>().Select(name => name.ToUpperInvariant()))}"
            );

    private static DendriteException Invalid(string problem) =>
        new(ErrorReason.InvalidFilter, $"filter: {problem}.") { FieldViolations = [new("filter", problem)] };

    [GeneratedRegex(
        """
            ^(?<field>[a-z_]+(\.[a-z0-9-]+)?)\s*=\s*
            ("(?<quoted>([^"\\]|\\["\\])*)"|(?<bare>[A-Za-z0-9*-]+))
            \s*(\z|AND\s+(?=\S))
            """,
        RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace,
        matchTimeoutMilliseconds: 1_000
    )]
    private static partial Regex Term();

    [GeneratedRegex("""\\(?<kept>.)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Escape();
}
