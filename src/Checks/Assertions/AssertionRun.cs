using Dendrite.Storage.Assertions;
using Dendrite.Storage.Assertions.Sandbox;
using Dendrite.Storage.Records;

namespace Dendrite.Checks.Assertions;

/// <summary>One run of assertions over one snapshot: prepare all, copy what they use, run each.</summary>
internal sealed class AssertionRun(RecordView view, RecordReader reader, AssertionOptions options, TimeProvider time)
{
    /// <summary>Rows of a violation that are reported.</summary>
    private const int MaxRows = 10;

    /// <summary>By the object: assertions and quality checks, which run together, have numbers of their own.</summary>
    private readonly Dictionary<AssertionRecord, AssertionOutcome> outcomes = new(ReferenceEqualityComparer.Instance);
    private readonly List<(AssertionRecord Assertion, SandboxQuery Query)> prepared = [];

    /// <summary>How an assertion went; null where it was not reached.</summary>
    public AssertionOutcome? Find(AssertionRecord assertion) => outcomes.GetValueOrDefault(assertion);

    public async Task RunAsync(
        SandboxSession session,
        IReadOnlyList<AssertionTable> tables,
        IReadOnlyList<AssertionRecord> assertions,
        CancellationToken cancellationToken
    )
    {
        foreach (var assertion in assertions)
        {
            await TryAsync(
                assertion,
                async () => prepared.Add((assertion, await session.PrepareAsync(assertion.Sql, cancellationToken)))
            );
        }

        var filled = await FillAsync(session, tables, cancellationToken);
        await session.SealAsync(filled, cancellationToken);
        foreach (var (assertion, query) in prepared.Where(one => !outcomes.ContainsKey(one.Assertion)))
        {
            var start = time.GetTimestamp();
            await TryAsync(
                assertion,
                async () =>
                {
                    var rows = await session.RunAsync(query, MaxRows, cancellationToken);
                    outcomes[assertion] = new(assertion, rows) { RunDuration = time.GetElapsedTime(start) };
                }
            );
        }
    }

    private async Task<IReadOnlyCollection<string>> FillAsync(
        SandboxSession session,
        IReadOnlyList<AssertionTable> tables,
        CancellationToken cancellationToken
    )
    {
        var uses = prepared.SelectMany(one => one.Query.Uses).ToLookup(use => use.Key, use => use.Value);
        foreach (var use in uses)
        {
            var table = tables.Single(table => table.Name == use.Key).With([.. use.SelectMany(one => one).Distinct()]);
            if (!await FillAsync(session, table, cancellationToken))
            {
                RefuseTooLarge(table.Name);
            }
        }

        return [.. uses.Select(use => use.Key)];
    }

    /// <summary>Copies a dataset; false where it is too large, and only a part of it was.</summary>
    private async Task<bool> FillAsync(
        SandboxSession session,
        AssertionTable table,
        CancellationToken cancellationToken
    )
    {
        var columns = table.Definition.Columns;
        var names = columns.Select(column => column.Name).ToList();
        var numbers = columns.Select(column => column.Number).ToList();
        await using var fill = await session.BeginFillAsync(table.Name, names, cancellationToken);
        await foreach (var cells in reader.ScanCellsAsync(view, new(table.Id), numbers, cancellationToken))
        {
            await fill.WriteAsync(table.RowOf(cells));
            if (fill.Length > options.MaxDatasetLength)
            {
                return false;
            }
        }

        return true;
    }

    private void RefuseTooLarge(string table)
    {
        foreach (var (assertion, _) in prepared.Where(one => one.Query.Uses.ContainsKey(table)))
        {
            outcomes[assertion] = new(assertion, null)
            {
                Problem = $"reads more than {options.MaxDatasetLength} characters of dataset '{table}'",
            };
        }
    }

    private async Task TryAsync(AssertionRecord assertion, Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (SandboxException failure)
        {
            outcomes[assertion] = new(assertion, null)
            {
                Problem = $"fails: {failure.Message}",
                IsTimedOut = failure.IsTimeout,
            };
        }
    }
}
