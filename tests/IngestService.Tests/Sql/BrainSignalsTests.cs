using System.Runtime.InteropServices;
using Dendrite.Signals.Blocks;
using Npgsql;

namespace Dendrite.IngestService.Tests.Sql;

/// <summary><c>brain_signals</c> shows what the service answers, to whom it may, and nothing else.</summary>
public sealed class BrainSignalsTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Streams_channels_annotations_gaps_and_masks_are_those_of_the_service()
    {
        var (stream, _) = await RecordAsync();
        await using var sql = await OpenAsync(stream);
        var known = (await fixture.Query.GetStreamAsync(new() { Name = stream }, IngestFixture.Options)).Stream;
        var notes = await fixture.Query.ListAnnotationsAsync(new() { Parent = stream }, IngestFixture.Options);
        var gaps = await fixture.Query.ListGapsAsync(new() { Parent = stream }, IngestFixture.Options);
        var masks = await fixture.Query.ListMasksAsync(new() { Parent = stream }, IngestFixture.Options);

        Assert.Equal(
            [$"eeg|{known.Uid}|256|{known.EndSample}|{known.MissingSampleCount}|{known.Channels.Count}|t"],
            await RowsAsync(
                sql,
                """
                SELECT concat_ws('|', name, uid, trunc(sample_rate_hz), end_sample, missing_samples, channel_count,
                    start_time = '2026-03-04T05:06:07Z')
                FROM brain_signals.streams
                """
            )
        );
        Assert.Equal(
            known.Channels.Select((channel, i) => $"{i + 1}|{channel.Label}|{channel.Unit}|int16|0.5|1"),
            await RowsAsync(
                sql,
                """
                SELECT concat_ws('|', place, label, unit, sample_type, scale, zero_offset)
                FROM brain_signals.channels WHERE stream = 'eeg' ORDER BY place
                """
            )
        );
        Assert.Equal(
            notes.Annotations.Select(note => $"{note.AnnotationId}|{note.StartSample}|{note.Text}|{note.Version}"),
            await RowsAsync(
                sql,
                """
                SELECT concat_ws('|', annotation_id, start_sample, text, version)
                FROM brain_signals.annotations ORDER BY start_sample, annotation_id
                """
            )
        );
        Assert.Equal(
            gaps.Gaps.Select(gap =>
                $"{gap.Range.StartSample}|{gap.Range.EndSample}|device counter " + $"jump|{gap.Version}"
            ),
            await RowsAsync(
                sql,
                "SELECT concat_ws('|', first_sample, end_sample, cause, version) FROM brain_signals.gaps ORDER BY 1"
            )
        );
        Assert.Equal(
            masks.Masks.Select(mask =>
                $"{mask.MaskId}|{mask.Range.StartSample}|{mask.Range.EndSample}|{string.Join(' ', mask.Channels)}"
            ),
            await RowsAsync(
                sql,
                """
                SELECT mask_id || '|' || first_sample || '|' || end_sample || '|' || array_to_string(channels, ' ')
                FROM brain_signals.masks ORDER BY first_sample, mask_id
                """
            )
        );
    }

    [Fact]
    public async Task Samples_are_those_of_the_service_and_what_is_missing_or_masked_has_no_row()
    {
        var (stream, before) = await RecordAsync();
        await using var sql = await OpenAsync(stream);

        Assert.Equal(await ReadAsync(stream, null, 30, 330), await SamplesAsync(sql, 30, 330));
        await RowsAsync(sql, $"SELECT brain_signals.use('lab', '{BranchOf(stream)}', '{before}')");
        var earlier = await SamplesAsync(sql, 30, 330);
        Assert.Equal(await ReadAsync(stream, before, 30, 330), earlier);
        Assert.Equal(4 * (300 - 50), earlier.Count);
    }

    [Fact]
    public async Task Summaries_are_of_whole_blocks_and_say_where_something_is_hidden()
    {
        var (stream, _) = await RecordAsync();
        await using var sql = await OpenAsync(stream);

        var rows = await RowsAsync(
            sql,
            """
            SELECT concat_ws('|', channel, block_start, block_end, is_whole, minimum, maximum, round(mean::numeric, 6))
            FROM brain_signals.summaries WHERE channel = 'c1' ORDER BY block_start
            """
        );

        string Whole(int first, int end)
        {
            var values = Enumerable
                .Range(first, end - first)
                .Select(i => (Recording.SampleOf(1, i) * 0.5) + 1)
                .ToArray();
            return FormattableString.Invariant(
                $"c1|{first}|{end}|t|{values.Min()}|{values.Max()}|{values.Average():0.000000}"
            );
        }

        // Of 100 to 200 a mask hides some of all channels, of 250 to 400 some of c1.
        Assert.Equal([Whole(0, 100), "c1|100|200|f", "c1|250|400|f"], rows);
    }

    [Fact]
    public async Task A_block_without_a_finite_sample_has_no_minimum_maximum_or_mean()
    {
        string stream = $"projects/lab/branches/{await fixture.ForkAsync()}/streams/eeg";
        var descriptor = Recording.Descriptor(2, V1.SampleType.Float32);
        using (var gateway = (await Gateway.OpenAsync(fixture, stream, descriptor)).Gateway)
        {
            float[] samples = [float.NaN, float.PositiveInfinity, float.NaN, 2, float.NaN, 4];
            var planar = MemoryMarshal.AsBytes(samples.AsSpan()).ToArray();
            await gateway.SendAsync(Recording.Encoded(0, 3, planar, 2, SampleType.Float32));
            await gateway.CloseAsync();
        }

        await using var sql = await OpenAsync(stream);
        Assert.Equal(
            ["c0|t|0|none|none|none", "c1|t|2|2|3|2.5"],
            await RowsAsync(
                sql,
                """
                SELECT concat_ws('|', channel, is_whole, finite_count, coalesce(minimum::text, 'none'),
                    coalesce(maximum::text, 'none'), coalesce(mean::text, 'none'))
                FROM brain_signals.summaries ORDER BY channel
                """
            )
        );
    }

    [Fact]
    public async Task Forks_see_their_parents_samples_and_not_what_came_later()
    {
        var (stream, _) = await RecordAsync();
        string fork = await fixture.ForkAsync(BranchOf(stream));
        using (var gateway = (await Gateway.OpenAsync(fixture, stream)).Gateway)
        {
            await gateway.SendAsync(Recording.Block(400, 10));
            await gateway.CloseAsync();
        }
        await using var sql = await OpenAsync(stream);
        Assert.Equal(["410"], await RowsAsync(sql, "SELECT end_sample::text FROM brain_signals.streams"));

        await RowsAsync(sql, $"SELECT brain_signals.use('lab', '{fork}')");

        Assert.Equal(["400"], await RowsAsync(sql, "SELECT end_sample::text FROM brain_signals.streams"));
        Assert.Equal(await ReadAsync(stream, null, 260, 400), await SamplesAsync(sql, 260, 410));
    }

    [Theory]
    [InlineData("SELECT * FROM brain_signals.samples('eeg', 0, 100000000)", "54000")]
    [InlineData("SELECT * FROM brain_signals.samples('eeg', 10, 5)", "22023")]
    [InlineData("SELECT * FROM brain_signals.samples('nobody', 0, 5)", "P0002")]
    [InlineData("SELECT * FROM brain_signals.samples('eeg', 0, 5, '{c0,c99}')", "P0002")]
    [InlineData("SELECT brain_signals.use('lab', 'nowhere')", "P0002")]
    [InlineData("SELECT brain_signals.use('lab', 'main', 'no-such-tag')", "P0002")]
    // Another project, one that is not there, and one by the setting that services use.
    [InlineData("SELECT brain_signals.use('other', 'main')", "42501")]
    [InlineData("SELECT brain_signals.use('nothing', 'main')", "42501")]
    [InlineData("SET brain_signals.project = 'other'; SELECT * FROM brain_signals.streams", "42501")]
    // Nothing behind the schema, and nothing that lets others in.
    [InlineData("SELECT * FROM signals.block", "42501")]
    [InlineData("SELECT set_config('dendrite.project_id', '2', false); SELECT * FROM signals.stream", "42501")]
    [InlineData("SELECT * FROM access.reader", "42501")]
    [InlineData("SELECT access.let_read('dendrite_reader', 'other')", "42501")]
    [InlineData("SELECT brain_signals.sight_now()", "42501")]
    [InlineData("SELECT brain_signals.read_block('', 0, 0)", "42501")]
    [InlineData("SET ROLE dendrite_owner", "42501")]
    [InlineData("CREATE TEMPORARY TABLE mine (id int)", "42501")]
    public async Task What_is_not_a_readers_is_refused(string statement, string state)
    {
        var (stream, _) = await RecordAsync();
        await using var sql = await OpenAsync(stream);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => RowsAsync(sql, statement));

        Assert.Equal(state, refused.SqlState);
    }

    [Fact]
    public async Task Who_is_no_longer_let_reads_nothing_and_a_new_session_must_choose()
    {
        var (stream, _) = await RecordAsync();
        await using var sql = await OpenAsync(stream);
        await LetAsync("dendrite_reader", may: false);

        var refused = await Assert.ThrowsAsync<PostgresException>(() =>
            RowsAsync(sql, "SELECT name FROM brain_signals.streams")
        );

        Assert.Equal("42501", refused.SqlState);
        await using var fresh = await fixture.Database.Reader.OpenConnectionAsync(Token);
        var unchosen = await Assert.ThrowsAsync<PostgresException>(() =>
            RowsAsync(fresh, "RESET ALL; SELECT name FROM brain_signals.streams")
        );
        Assert.Contains("brain_signals.use", unchosen.Hint, StringComparison.Ordinal);
    }

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
