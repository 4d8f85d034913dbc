using Dendrite.Records.Cells;
using Dendrite.Records.Keys;

namespace Dendrite.Records.Tests.Keys;

public sealed class RecordKeyLawTests
{
    [Fact]
    public void Bytes_are_ordered_as_the_values_column_by_column() =>
        Laws.Hold(
            Laws.KeyPair,
            keys =>
                Math.Sign(RecordKey.Encode(keys.Left).AsSpan().SequenceCompareTo(RecordKey.Encode(keys.Right)))
                == Math.Sign(Compare(keys.Left, keys.Right))
        );

    [Fact]
    public void What_is_encoded_decodes_to_equal_values() =>
        Laws.Hold(
            Laws.KeyPair,
            keys =>
                RecordKey
                    .Decode(RecordKey.Encode(keys.Left), [.. keys.Left.Select(value => value.Type)])
                    .SequenceEqual(keys.Left)
        );

    [Fact]
    public void A_key_lies_in_the_range_of_a_prefix_exactly_when_its_first_values_are_the_prefix() =>
        Laws.Hold(
            Laws.KeyPair,
            keys =>
            {
                var prefix = RecordKey.Encode(keys.Left[0]);
                var key = RecordKey.Encode(keys.Right);
                var after = RecordKey.AfterPrefix(prefix);
                var isInRange =
                    key.AsSpan().SequenceCompareTo(prefix) >= 0
                    && (after is null || key.AsSpan().SequenceCompareTo(after) < 0);
                return isInRange == (keys.Left[0] == keys.Right[0]);
            }
        );

    [Fact]
    public void Any_bytes_either_are_the_one_spelling_of_a_key_or_are_refused() =>
        Laws.Hold(
            Laws.Bytes,
            bytes =>
            {
                foreach (var type in Enum.GetValues<CellType>())
                {
                    if (RecordKey.TryDecode(bytes, [type], out var values))
                    {
                        Assert.Equal(bytes, RecordKey.Encode(values.AsSpan()));
                    }
                }
            }
        );

    [Fact]
    public void A_damaged_key_never_decodes_to_the_values_it_had() =>
        Laws.Hold(
            Laws.KeyPair,
            keys =>
            {
                var types = keys.Left.Select(value => value.Type).ToArray();
                var bytes = RecordKey.Encode(keys.Left);
                for (var i = 0; i < bytes.Length; i++)
                {
                    var damaged = (byte[])bytes.Clone();
                    damaged[i] ^= 0x01;
                    Assert.False(
                        RecordKey.TryDecode(damaged, types, out var values) && values.SequenceEqual(keys.Left)
                    );
                }
            }
        );

    [Fact]
    public void A_record_id_reads_back_as_the_values_it_was_made_of() =>
        Laws.Hold(
            Laws.KeyPair,
            keys =>
            {
                if (keys.Left.Any(value => value.ToText().Length == 0))
                {
                    return true;
                }

                var types = keys.Left.Select(value => value.Type).ToArray();
                var read = RecordId.Parse(RecordId.Format(keys.Left), types, out _);
                return read is not null && read.Value.SequenceEqual(keys.Left);
            }
        );

    private static int Compare(CellValue[] left, CellValue[] right) =>
        left.Zip(right, (a, b) => a.CompareTo(b)).FirstOrDefault(order => order != 0);
}
