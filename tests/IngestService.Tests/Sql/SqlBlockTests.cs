using System.Buffers;
using Dendrite.Fixtures.Postgres;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats;
using Dendrite.Signals.Tests.Blocks;
using Npgsql;

namespace Dendrite.IngestService.Tests.Sql;

/// <summary>The decoder in SQL gives what our own decoder gives, of every type and kind of signal.</summary>
public sealed class SqlBlockTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const int Count = 700;

    /// <summary>Every type with every signal that is tried on the encoder.</summary>
    public static TheoryData<SampleType, string> Signals =>
        new(from type in TypedSignals.Types from name in TypedSignals.Names select (type, name));

    [Theory]
    [MemberData(nameof(Signals))]
    public async Task A_block_decodes_in_SQL_to_the_bit_or_says_what_to_do(SampleType type, string name)
    {
        byte[] first = TypedSignals.Make(type, name, Count, seed: 1);
        byte[] second = TypedSignals.Make(type, name, Count, seed: 2);
        var block = new ArrayBufferWriter<byte>();
        BlockEncoder.Encode(type, [.. first, .. second], 2, block);
        await using var command = database.Owner.CreateCommand("SELECT brain_signals.read_block($1, 1, $2)");
        command.Parameters.Add(new() { Value = block.WrittenSpan.ToArray() });
        command.Parameters.Add(new() { Value = Count - 13 });

        // Encoding of the second channel: split is the one of ours that SQL does not read.
        if (block.WrittenSpan[24 + 4] == 6)
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() =>
                command.ExecuteScalarAsync(TestContext.Current.CancellationToken)
            );
            Assert.Equal("0A000", refused.SqlState);
            Assert.Contains("dendrite export", refused.Hint, StringComparison.Ordinal);
            return;
        }
        var decoded = (double[])(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;

        int size = type.SizeBytes();
        Assert.Equal(
            Enumerable.Range(0, Count - 13).Select(i => StoredNumber.Read(type, second.AsSpan(i * size))),
            decoded
        );
    }
}
