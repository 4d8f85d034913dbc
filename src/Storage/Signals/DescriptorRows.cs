using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Dendrite.Storage.Records;
using Dendrite.Versioning;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Signals;

/// <summary>Rows of <c>signals.stream</c>, there and back.</summary>
internal static partial class DescriptorRows
{
    /// <summary>
    /// What <see cref="Read"/> expects of a row called <c>stream</c> joined with <see cref="JoinProgress"/>.
    /// </summary>
    public const string Columns = """
        stream.stream_id, stream.uid, stream.version, stream.finished, stream.create_time, stream.update_time,
        stream.name, stream.rate_samples, stream.rate_seconds, stream.start_time_ns, stream.channels,
        stream.display_name, stream.expected_sample_count, stream.device, stream.labels, stream.metadata,
        progress.next_sample, progress.missing_samples, progress.stored_bytes, progress.last_version
        """;

    /// <summary>
    /// How far <c>stream</c> reaches in the snapshot of the parameters @owners and @through: one index probe for each
    /// timeline that may hold some of it. Where several declared gaps, these are counted one by one: two sides of a
    /// merge may have declared the same.
    /// </summary>
    public const string JoinProgress = """
        CROSS JOIN LATERAL (
            SELECT coalesce(max(newest.next_sample), 0) AS next_sample,
                CASE WHEN count(*) FILTER (WHERE newest.missing_samples > 0) > 1
                    THEN signals.missing_samples(@project, stream.stream_id, @owners, @through)
                    ELSE coalesce(sum(newest.missing_samples), 0)::bigint END AS missing_samples,
                coalesce(sum(newest.stored_bytes), 0)::bigint AS stored_bytes,
                coalesce(max(newest.version), 0) AS last_version
            FROM signals.seen(stream.stream_id, @owners, @through) AS seen (timeline_id, through)
            CROSS JOIN LATERAL (
                SELECT next_sample, missing_samples, stored_bytes, version FROM signals.append
                WHERE project_id = @project AND timeline_id = seen.timeline_id
                  AND stream_id = stream.stream_id AND version <= seen.through
                ORDER BY version DESC
                LIMIT 1
            ) AS newest
        ) AS progress
        """;

    private const string Inserted = """
        INSERT INTO signals.stream
            (project_id, timeline_id, version, stream_id, uid, name, rate_samples, rate_seconds, start_time_ns,
             channels, display_name, expected_sample_count, device, labels, metadata, layout_digest)
        """;

    public static SignalStream Read(NpgsqlDataReader row)
    {
        var channels = JsonSerializer.Deserialize(row.GetString(10), ChannelJson.Default.IReadOnlyListSignalChannel)!;
        var rate = new StreamRate(row.GetInt64(7), row.GetInt64(8));
        var descriptor = new SignalStreamDescriptor(row.GetString(6), rate, row.GetInt64(9), channels)
        {
            DisplayName = row.GetString(11),
            ExpectedSampleCount = row.IsDBNull(12) ? null : row.GetInt64(12),
            DeviceJson = row.GetString(13),
            LabelsJson = row.GetString(14),
            MetadataJson = row.GetString(15),
        };
        return new(row.GetInt64(0), row.GetGuid(1), descriptor, new(row.GetInt64(2)), row.GetBoolean(3))
        {
            CreateTime = row.GetFieldValue<DateTimeOffset>(4),
            UpdateTime = row.GetFieldValue<DateTimeOffset>(5),
            Progress = new(row.GetInt64(16), row.GetInt64(17), row.GetInt64(18), new(row.GetInt64(19))),
        };
    }

    /// <summary>What the commit that makes a stream vouches for: SHA-256 over all that its descriptor says.</summary>
    public static byte[] Digest(SignalStreamDescriptor descriptor)
    {
        var said = new JsonObject
        {
            ["name"] = descriptor.Name,
            ["rate"] = new JsonArray(descriptor.Rate.Samples, descriptor.Rate.Seconds),
            ["start"] = descriptor.StartTimeNs,
            ["expected"] = descriptor.ExpectedSampleCount,
            ["display_name"] = descriptor.DisplayName,
            ["channels"] = JsonSerializer.SerializeToNode(
                descriptor.Channels,
                ChannelJson.Default.IReadOnlyListSignalChannel
            ),
            ["device"] = JsonNode.Parse(descriptor.DeviceJson),
            ["labels"] = JsonNode.Parse(descriptor.LabelsJson),
            ["metadata"] = JsonNode.Parse(descriptor.MetadataJson),
        };
        return SHA256.HashData([.. "dendrite stream 1"u8, .. CanonicalJson.Of(said.ToJsonString())]);
    }

    /// <summary>Adds a stream of a new number; the statement returns the number and the time.</summary>
    public static void AddNew(ProjectBatch batch, RowOwner owner, Guid uid, SignalStreamDescriptor descriptor)
    {
        var channels = JsonSerializer.Serialize(descriptor.Channels, ChannelJson.Default.IReadOnlyListSignalChannel);
        var command = owner
            .NewRow(
                $"""
                {Inserted}
                VALUES ($1, $2, $3, nextval('signals.stream_number'),
                    $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                RETURNING stream_id, create_time
                """
            )
            .Bind(uid)
            .Bind(descriptor.Name)
            .Bind(descriptor.Rate.Samples)
            .Bind(descriptor.Rate.Seconds)
            .Bind(descriptor.StartTimeNs)
            .Bind(channels, NpgsqlDbType.Jsonb)
            .Bind(descriptor.DisplayName)
            .Bind(descriptor.ExpectedSampleCount, NpgsqlDbType.Bigint)
            .Bind(descriptor.DeviceJson, NpgsqlDbType.Jsonb)
            .Bind(descriptor.LabelsJson, NpgsqlDbType.Jsonb)
            .Bind(descriptor.MetadataJson, NpgsqlDbType.Jsonb)
            .Bind(descriptor.ComputeLayoutDigest());
        batch.Add(command);
    }

    /// <summary>Writes the stream's newest visible descriptor again, finished.</summary>
    public static void AddFinish(ProjectBatch batch, RowOwner owner, Snapshot seen, long streamId)
    {
        var own = seen.Advance(owner.Timeline, owner.Version);
        var command = owner
            .NewRow(
                $"""
                {Inserted.Replace("layout_digest)", "layout_digest, create_time, finished)", StringComparison.Ordinal)}
                SELECT $1, $2, $3, stream_id, uid, name, rate_samples, rate_seconds, start_time_ns, channels,
                    display_name, expected_sample_count, device, labels, metadata, layout_digest, create_time, true
                FROM signals.seen($4, $5, $6) AS seen (timeline_id, through)
                JOIN signals.stream USING (timeline_id)
                WHERE project_id = $1 AND stream_id = $4 AND version <= seen.through
                ORDER BY version DESC
                LIMIT 1
                """
            )
            .Bind(streamId)
            .Bind(own.Entries.Select(entry => entry.Timeline.Value).ToArray())
            .Bind(own.Entries.Select(entry => entry.Through.Value).ToArray());
        batch.Add(command);
    }

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
    )]
    [JsonSerializable(typeof(IReadOnlyList<SignalChannel>))]
    private sealed partial class ChannelJson : JsonSerializerContext;
}
