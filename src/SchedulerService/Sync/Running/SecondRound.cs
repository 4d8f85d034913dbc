using System.Text.Json;
using Dendrite.Errors;
using Dendrite.SchedulerService.Sync.Origins;
using Dendrite.SchedulerService.Sync.Writing;
using Dendrite.Storage.Sync;

namespace Dendrite.SchedulerService.Sync.Running;

/// <summary>
/// Tries items again that were kept because they could not be written: what they refer to may have come meanwhile. A
/// record that was stored later by another version of the item stays. Not thread-safe.
/// </summary>
internal sealed class SecondRound(DeadLetterStore letters, TimeProvider time)
{
    public const int PageSize = 100;

    /// <summary>Tries some and settles each: it is written and forgotten, or a dead letter.</summary>
    /// <param name="tries">How often each is tried; 0: they are given up as they are.</param>
    public async Task<BatchOutcome> TryAsync(
        SyncScope scope,
        ItemWriter writer,
        IReadOnlyList<DeadLetterRecord> some,
        int tries,
        CancellationToken cancellationToken
    )
    {
        var items = some.ToDictionary(letter => ItemOf(letter.Failed), letter => letter.Failed);
        // What is no object of fields stays so, whatever else comes.
        var hopeful = items.Keys.Where(item => tries > 0 && item.Problem is null).ToList();
        var old = hopeful.Where(item => IsSuperseded(writer.Maker, item, items[item])).ToHashSet();
        hopeful.RemoveAll(old.Contains);
        var outcome = await writer.WriteAsync(hopeful, tries, keepNewer: true, cancellationToken);
        var failed = outcome.Failed.ToDictionary(
            refused => refused.Item,
            refused => FailedItems.Of(items[refused.Item].Id, refused)
        );
        outcome.Written += old.Count;
        outcome.Unchanged += old.Count;
        foreach (var (item, letter) in items.Where(each => !hopeful.Contains(each.Key) && !old.Contains(each.Key)))
        {
            failed.Add(item, letter with { Attempts = 0 });
            outcome.Failed.Add(new(item, new(ErrorReason.InvalidArgument, item.Problem ?? ""), 0, letter.Record));
        }

        await letters.SettleAsync(
            scope,
            [.. items.Where(each => !failed.ContainsKey(each.Key)).Select(each => each.Value.Id)],
            failed.Values,
            outcome.Stored,
            time.GetUtcNow(),
            cancellationToken
        );
        return outcome;
    }

    // Where a column holds the changed value, the writer asks the stored record itself.
    private static bool IsSuperseded(RecordMaker maker, SourceItem item, FailedItem letter) =>
        maker.ChangedColumn is null
        && letter.WrittenValue is { } written
        && maker.ChangedOf(item) is { } changed
        && ChangedValue.Parse(written).IsAfter(changed) == true;

    // Each is one of its own, though two of them may hold the same: they are told apart by who they are.
    private static SourceItem ItemOf(FailedItem failed)
    {
        var value = JsonSerializer.Deserialize<JsonElement>(failed.Item);
        return value.ValueKind == JsonValueKind.Object
            ? new(value, failed.IsText)
            : new(value, failed.IsText) { Problem = "it is no object of fields; mend it at the source" };
    }
}
