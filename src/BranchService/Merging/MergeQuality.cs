using Dendrite.Checks.Quality;
using Dendrite.Contracts.Names;
using Dendrite.Storage;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Quality;
using Dendrite.Storage.Records;
using Dendrite.Versioning;
using Google.Protobuf;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Holds merges into protected branches to the quality checks that are required for them. Those about records are run
/// on the result, as assertions are. Those about streams read every sample, which no merge waits for: they have been
/// run on the state that is merged, and what was found is looked up by that state's digest. Thread-safe.
/// </summary>
public sealed class MergeQuality(QualityCheckStore checks, QualityResultStore results, RecordChecks records)
{
    private const int PageResults = 10;

    /// <summary>What a merge into a branch must meet; nothing where the branch is not protected. One round
    /// trip.</summary>
    internal async Task<RequiredChecks> ListAsync(
        ProjectId project,
        BranchName target,
        BranchId branch,
        CancellationToken cancellationToken
    )
    {
        var required = await checks.ListRequiredAsync(project, branch, cancellationToken);
        var all = required.Select(record => new RequiredCheck(record, Read(record, target.Project))).ToList();
        return new(target)
        {
            OfRecords = [.. all.Where(one => RecordChecks.IsAboutRecords(one.Check))],
            OfStreams = [.. all.Where(one => !RecordChecks.IsAboutRecords(one.Check))],
        };
    }

    /// <summary>Runs those about records on what a merge would show.</summary>
    internal async Task<IReadOnlyList<V1.CheckFailure>> RunAsync(
        RequiredChecks required,
        RecordView view,
        CancellationToken cancellationToken
    )
    {
        V1.QualityCheck[] asked = [.. required.OfRecords.Select(one => one.Check)];
        var findings = new QualityFindings(asked);
        await records.CheckAsync(view, required.Target, [.. asked.Index()], findings, cancellationToken);
        var result = new V1.QualityResult();
        findings.WriteTo(result);
        return [.. asked.Select(check => Judge(check, result, "the result")).OfType<V1.CheckFailure>()];
    }

    /// <summary>
    /// Looks up what those about streams have found on the state that is merged. One round trip for each ten runs of
    /// checks on that state, until all are found.
    /// </summary>
    internal async Task<IReadOnlyList<V1.CheckFailure>> LookUpAsync(
        ProjectId project,
        MergeHeads heads,
        RequiredChecks required,
        CancellationToken cancellationToken
    )
    {
        var wanted = required.OfStreams.ToList();
        var source = $"{heads.Source.Name ?? "the source"}@{heads.Source.Version}";
        List<V1.CheckFailure> failures = [];
        var digest = SnapshotDigest.Compute(heads.SourceAsRead);
        TimedPlace? after = null;
        while (wanted.Count > 0)
        {
            var page = await results.ListOfStateAsync(project, digest, after, PageResults, cancellationToken);
            foreach (var kept in page)
            {
                var result = V1.QualityResult.Parser.ParseFrom(kept.Content);
                foreach (var one in wanted.Where(one => IsAbout(one, kept)).ToList())
                {
                    if (result.Findings.Any(finding => finding.Check == one.Check.Name))
                    {
                        wanted.Remove(one);
                        failures.AddRange(Judge(one.Check, result, source) is { } failure ? [failure] : []);
                    }
                }
            }

            if (page.Count < PageResults)
            {
                break;
            }

            after = new(page[^1].CreateTime, page[^1].Id);
        }

        failures.AddRange(wanted.Select(one => NotRun(one.Check, source)));
        return [.. failures.OrderBy(failure => failure.Check, StringComparer.Ordinal)];
    }

    /// <summary>What was found by another rule, before a check was made or changed, says nothing of it.</summary>
    private static bool IsAbout(RequiredCheck one, QualityResultRecord kept) =>
        kept.Rules is { } rules
            ? rules.GetValueOrDefault(one.Record.Name) == QualityRule.DigestOf(one.Check)
            : kept.CreateTime >= one.Record.UpdateTime;

    private static V1.CheckFailure NotRun(V1.QualityCheck check, string source)
    {
        var id = IdOf(check);
        return Failure(
            check,
            $"Quality check '{id}' has not been run on {source}: run it there (dendrite check run {source} --check "
                + $"{id}) and merge again."
        );
    }

    /// <summary>Null where it holds.</summary>
    private static V1.CheckFailure? Judge(V1.QualityCheck check, V1.QualityResult result, string state)
    {
        var failed = result.Findings.Where(finding => finding.Check == check.Name && !finding.Passed).ToList();
        if (failed.Count == 0)
        {
            return null;
        }

        var first = failed[0];
        string[] place = [first.Resource[(first.Resource.LastIndexOf('/') + 1)..], first.Channel];
        var where = string.Join('/', place.Where(part => part.Length > 0));
        var more = failed.Count == 1 ? "" : $" (and {failed.Count - 1} more findings)";
        var what = where.Length == 0 ? first.Message : $"{where} {first.Message}";
        return Failure(check, $"Quality check '{IdOf(check)}' does not hold of {state}: {what}{more}.");
    }

    private static V1.CheckFailure Failure(V1.QualityCheck check, string message) =>
        new()
        {
            Check = IdOf(check),
            QualityCheck = check.Name,
            Description = check.DisplayName,
            Message = message,
        };

    private static V1.QualityCheck Read(QualityCheckRecord record, string project)
    {
        var check = JsonParser.Default.Parse<V1.QualityCheck>(record.RuleJson);
        check.Name = new QualityCheckName(project, record.Name).ToString();
        check.DisplayName = record.DisplayName;
        check.StreamFilter = record.StreamFilter;
        return check;
    }

    private static string IdOf(V1.QualityCheck check) => check.Name[(check.Name.LastIndexOf('/') + 1)..];
}

/// <summary>What merges into a protected branch must meet.</summary>
/// <param name="Target">The branch.</param>
internal sealed record RequiredChecks(BranchName Target)
{
    public IReadOnlyList<RequiredCheck> OfRecords { get; init; } = [];

    public IReadOnlyList<RequiredCheck> OfStreams { get; init; } = [];

    public bool IsEmpty => OfRecords.Count + OfStreams.Count == 0;
}

/// <param name="Record">As it is stored.</param>
/// <param name="Check">The same as the contract has it: name, title, rule and which streams.</param>
internal sealed record RequiredCheck(QualityCheckRecord Record, V1.QualityCheck Check);
