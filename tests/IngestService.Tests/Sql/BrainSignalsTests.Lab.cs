using Npgsql;

namespace Dendrite.IngestService.Tests.Sql;

public sealed partial class BrainSignalsTests
{
    /// <summary>
    /// Samples 0 to 400 in three blocks, 200 to 250 lost; 120 to 130 masked for all, 300 to 310 for c1; two notes.
    /// </summary>
    /// <returns>The stream, and the version before the masks.</returns>
    private async Task<(string Stream, long Before)> RecordAsync()
    {
        string stream = $"projects/lab/branches/{await fixture.ForkAsync()}/streams/eeg";
        using var gateway = (await Gateway.OpenAsync(fixture, stream)).Gateway;
        await gateway.SendAsync(Recording.Block(0, 100));
        await gateway.SendAsync(Recording.Block(100, 100));
        var lost = new V1.Gap
        {
            Range = new() { StartSample = 200, EndSample = 250 },
            Cause = V1.GapCause.DeviceCounterJump,
        };
        await gateway.SendAsync(new V1.AppendRequest { Gap = lost });
        await gateway.SendAsync(Recording.Block(250, 150));
        await gateway.CloseAsync();
        var put = new V1.PutAnnotationsRequest { Stream = stream };
        put.Annotations.Add(new V1.Annotation { StartSample = 7, Text = "eyes closed" });
        put.Annotations.Add(new V1.Annotation { StartSample = 90, Text = "blink" });
        await fixture.Ingest.PutAnnotationsAsync(put, IngestFixture.Options);
        var known = await fixture.Query.GetStreamAsync(new() { Name = stream }, IngestFixture.Options);
        await MaskAsync(stream, 120, 130);
        await MaskAsync(stream, 300, 310, "c1");
        return (stream, known.Version);
    }

    private async Task MaskAsync(string stream, long start, long end, params string[] channels)
    {
        var request = new V1.MaskSamplesRequest
        {
            Stream = stream,
            Range = new() { StartSample = start, EndSample = end },
            Reason = "artefact",
        };
        request.Channels.Add(channels);
        await fixture.Ingest.MaskSamplesAsync(request, IngestFixture.Options);
    }

    private static string BranchOf(string stream) => stream.Split('/')[3];

    private async Task<NpgsqlConnection> OpenAsync(string stream)
    {
        await LetAsync("dendrite_reader", may: true);
        var connection = await fixture.Database.Reader.OpenConnectionAsync(Token);
        await RowsAsync(connection, $"SELECT brain_signals.use('lab', '{BranchOf(stream)}')");
        return connection;
    }

    private async Task LetAsync(string role, bool may)
    {
        await using var command = fixture.Database.Owner.CreateCommand("SELECT access.let_read($1, 'lab', $2)");
        command.Parameters.Add(new() { Value = role });
        command.Parameters.Add(new() { Value = may });
        await command.ExecuteNonQueryAsync(Token);
    }

    private async Task AssertNoRoleAsync(string role, bool may)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => LetAsync(role, may));
        Assert.Equal(("42704", $"there is no role {role}"), (refused.SqlState, refused.MessageText));
    }

    private static Task<List<string>> SamplesAsync(NpgsqlConnection sql, long first, long end) =>
        RowsAsync(
            sql,
            $"""
            SELECT channel || ' ' || sample_index || ' ' || value FROM brain_signals.samples('eeg', {first}, {end})
            ORDER BY channel, sample_index
            """
        );

    private async Task<List<string>> ReadAsync(string stream, long? version, long first, long end)
    {
        var request = new V1.ReadSamplesRequest
        {
            Stream = stream,
            Samples = new() { StartSample = first, EndSample = end },
            Format = V1.SampleFormat.PhysicalFloat64,
            At = version is { } at ? new() { Version = at } : null,
        };
        var rows = new List<(string Channel, long Sample, double Value)>();
        foreach (
            var chunk in (await fixture.ReadAsync(request)).Select(message => message.Chunk).OfType<V1.SampleChunk>()
        )
        {
            for (int i = 0; i < chunk.SampleCount * Recording.Channels; i++)
            {
                double value = BitConverter.ToDouble(chunk.Data.Span[(i * 8)..]);
                if (!double.IsNaN(value))
                {
                    rows.Add(($"c{i / chunk.SampleCount}", chunk.FirstSample + (i % chunk.SampleCount), value));
                }
            }
        }
        return
        [
            .. rows.OrderBy(row => row.Channel, StringComparer.Ordinal)
                .ThenBy(row => row.Sample)
                .Select(row => FormattableString.Invariant($"{row.Channel} {row.Sample} {row.Value}")),
        ];
    }

    private static async Task<List<string>> RowsAsync(NpgsqlConnection connection, string statements)
    {
        await using var command = new NpgsqlCommand(statements, connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var rows = new List<string>();
        do
        {
            rows.Clear();
            while (await reader.ReadAsync(Token))
            {
                rows.Add(reader.GetValue(0).ToString()!);
            }
        } while (await reader.NextResultAsync(Token));
        return rows;
    }
}
