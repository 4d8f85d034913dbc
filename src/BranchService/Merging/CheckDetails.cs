using Dendrite.Storage;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Failures of checks as they fit beside a status: each of them by name and message first, then records and rows of the
/// first ones for as long as there is room. Whole they are in a preview.
/// </summary>
internal static class CheckDetails
{
    /// <summary>Status details have 1,500 bytes together (ErrorStatus), with those that say the types.</summary>
    private const int RoomBytes = 1_200;

    private const int MaxMessageLength = 500;

    public static IReadOnlyList<object> Of(IReadOnlyList<V1.CheckFailure> failures)
    {
        var length = Math.Min(MaxMessageLength, RoomBytes / (2 * failures.Count));
        List<V1.CheckFailure> shown = [.. failures.Select(failure => Brief(failure, length))];
        var left = RoomBytes - shown.Sum(failure => failure.CalculateSize());
        for (var i = 0; i < failures.Count; i++)
        {
            left = Add(failures[i].Records, shown[i].Records, failures[i].Records.Count, left);
            left = Add(failures[i].Rows, shown[i].Rows, failures[i].Rows.Count, left);
            shown[i].MoreRows |= shown[i].Rows.Count < failures[i].Rows.Count;
        }

        return [.. shown];

        int Add<T>(IEnumerable<T> from, ICollection<T> to, int count, int room)
        {
            foreach (var one in from.Take(count))
            {
                var size = one is Google.Protobuf.IMessage message ? message.CalculateSize() : $"{one}".Length;
                if (room < size + 4)
                {
                    break;
                }

                to.Add(one);
                room -= size + 4;
            }

            return room;
        }
    }

    private static V1.CheckFailure Brief(V1.CheckFailure failure, int length) =>
        new()
        {
            Check = failure.Check,
            Assertion = failure.Assertion,
            QualityCheck = failure.QualityCheck,
            Message = BriefText.Shorten(failure.Message, length),
            MoreRows = failure.MoreRows,
        };
}
