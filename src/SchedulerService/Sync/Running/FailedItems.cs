using System.Security.Cryptography;
using System.Text;
using Dendrite.Contracts.Errors;
using Dendrite.SchedulerService.Sync.Writing;
using Dendrite.Storage.Sync;
using Google.Protobuf;

namespace Dendrite.SchedulerService.Sync.Running;

/// <summary>Items that could not be written, as they are kept.</summary>
internal static class FailedItems
{
    private const int IdBytes = 16;

    /// <summary>Each item once: a source that gives the same one twice has it wrong once.</summary>
    public static IReadOnlyCollection<FailedItem> Of(string dataset, IEnumerable<RefusedItem> items) =>
        [
            .. items
                .Select(item => (Id: IdOf(dataset, item), Item: item))
                .DistinctBy(each => each.Id)
                .Select(each => Of(each.Id, each.Item)),
        ];

    public static FailedItem Of(string id, RefusedItem item) =>
        new(
            id,
            item.Item.Value.GetRawText(),
            item.Item.IsText,
            ErrorStatus.ToStatus(item.Error).ToByteArray(),
            item.Attempts
        )
        {
            Record = item.Record,
        };

    // Where it stood is no part of it: a bad item that others push on stays the same one.
    private static string IdOf(string dataset, RefusedItem item)
    {
        var text = $"{dataset}\n{item.Item.Value.GetRawText()}\n{item.Item.Fault}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, IdBytes));
    }
}
