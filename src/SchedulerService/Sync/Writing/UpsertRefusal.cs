using System.Globalization;
using System.Text.RegularExpressions;
using Dendrite.Errors;

namespace Dendrite.SchedulerService.Sync.Writing;

/// <summary>Which records of an upsert its refusal is about. Pure.</summary>
internal static partial class UpsertRefusal
{
    /// <summary>Index of each record that is named, with what is wrong with it; empty where none is named.</summary>
    /// <param name="count">How many records the call had.</param>
    public static Dictionary<int, DendriteException> CulpritsOf(DendriteException error, int count)
    {
        var problems = new SortedDictionary<int, List<string>>();
        foreach (var (field, problem) in error.FieldViolations)
        {
            var match = RecordPath().Match(field);
            if (
                match.Success
                && int.TryParse(match.Groups["index"].Value, CultureInfo.InvariantCulture, out var index)
                && index < count
            )
            {
                var column = match.Groups["column"].Value;
                problems.TryAdd(index, []);
                problems[index].Add(column.Length > 0 ? $"{column}: {problem}" : problem);
            }
        }

        return problems.ToDictionary(
            each => each.Key,
            each => new DendriteException(error.Reason, string.Join("; ", each.Value), error)
        );
    }

    [GeneratedRegex(@"^batch\.records\[(?<index>\d{1,6})\]\.?(?<column>.*)$", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex RecordPath();
}
