using Dendrite.Fixtures.BadInput;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.IngestService.Tests.Query;

/// <summary>Bad arguments to the calls that read signals: the status, the field at fault, and nothing stored.</summary>
public sealed class QueryRefusalTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private static readonly (Refusal Refusal, Func<string, string> Spoil)[] Names =
    [
        (Invalid("{name}"), _ => ""),
        (Invalid("{name}"), _ => "eeg"),
        (Invalid("{name}"), name => name + "/"),
        (Invalid("{name}"), name => name + "\0"),
        (Invalid("{name}"), name => name.Replace("/branches/", "/../branches/")),
        (Invalid("{name}"), name => name + "'; DROP TABLE signals.block; --"),
        (Invalid("{name}"), name => name + new string('x', 3_000_000)),
        (Of(StatusCode.ResourceExhausted), name => name + new string('x', 10_000_000)),
        (Of(StatusCode.PermissionDenied), name => name.Replace("/lab/", "/other/")),
        (Of(StatusCode.NotFound), name => name + "-gone"),
    ];

    private static readonly (Refusal Refusal, V1.SnapshotPoint Point)[] Points =
    [
        (Invalid("at.version"), new() { Version = 0 }),
        (Invalid("at.version"), new() { Version = long.MinValue }),
        (Of(StatusCode.NotFound), new() { Version = long.MaxValue }),
        (Invalid("at.tag"), new() { Tag = "v1" }),
        (Invalid("at.tag"), new() { Tag = "projects/other/tags/v1" }),
        (Invalid("at.instant"), new() { Instant = new() { Seconds = long.MaxValue } }),
    ];

    private static readonly (Refusal Refusal, int PageSize, string PageToken)[] Pages =
    [
        (Invalid("page_size"), -1, ""),
        (Invalid("page_size"), int.MinValue, ""),
        (Invalid("page_token"), 0, "%%%"),
        (Invalid("page_token"), 0, "AAAA"),
        (Invalid("page_token"), 0, new string('A', 1_000_000)),
    ];

    public static TheoryData<Refusal, Action<V1.ReadSamplesRequest>> Reads =>
        new()
        {
            { Invalid("max_chunk_bytes"), read => read.MaxChunkBytes = -1 },
            { Invalid("format"), read => read.Format = (V1.SampleFormat)99 },
            { new(StatusCode.NotFound, "channels[0]", null), read => read.Channels.Add("c99") },
            { new(StatusCode.NotFound, "channels[1]", null), read => read.Channels.Add(["c0", "'; --"]) },
            { Invalid("channels[2]"), read => read.Channels.Add(["c1", "c0", "c1"]) },
            { Invalid("channels[1]"), read => read.Channels.Add(Enumerable.Repeat("c0", 100_000)) },
            { OutOfRange, read => read.Samples = new() { StartSample = -1, EndSample = 5 } },
            { OutOfRange, read => read.Samples = new() { StartSample = 5, EndSample = 4 } },
            { OutOfRange, read => read.Samples = new() { EndSample = long.MaxValue } },
            { Invalid("time.start_time"), read => read.Time = new() { StartTime = new() { Nanos = -1 } } },
            { Invalid("time.end_time"), read => read.Time = new() { EndTime = new() { Seconds = long.MaxValue } } },
            {
                Invalid("time"),
                read =>
                    read.Time = new()
                    {
                        StartTime = new() { Seconds = 2 },
                        EndTime = new() { Seconds = 1 },
                    }
            },
        };

    private static Refusal OutOfRange => new(StatusCode.OutOfRange, "samples", null);

    [Fact]
    [BadInputOf("GetStream", "ListStreams", "ListAnnotations", "ListGaps", "ListMasks", "ListTimeAnchors")]
    public async Task A_bad_name_point_or_page_is_refused_by_every_call()
    {
        var name = await StreamAsync();
        IMessage[] requests =
        [
            new V1.GetStreamRequest { Name = name },
            new V1.ListStreamsRequest { Parent = name[..name.IndexOf("/streams/", StringComparison.Ordinal)] },
            new V1.ListAnnotationsRequest { Parent = name },
            new V1.ListGapsRequest { Parent = name },
            new V1.ListMasksRequest { Parent = name },
            new V1.ListTimeAnchorsRequest { Parent = name },
            new V1.ReadSamplesRequest { Stream = name },
        ];
        foreach (var request in requests)
        {
            foreach (var (refusal, spoiled) in Spoil(request))
            {
                var actual = await Refusal.OfAsync(() => CallAsync(spoiled), fixture.CountAllAsync);
                Assert.True(refusal == actual, $"{request.Descriptor.Name}: {refusal} expected, {actual} came.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Reads))]
    [BadInputOf("ReadSamples")]
    public async Task A_bad_read_is_refused(Refusal refusal, Action<V1.ReadSamplesRequest> spoil)
    {
        var request = new V1.ReadSamplesRequest { Stream = await StreamAsync() };
        spoil(request);
        Assert.Equal(refusal, await Refusal.OfAsync(() => CallAsync(request), fixture.CountAllAsync));
    }

    [Fact]
    public async Task A_window_of_all_time_is_all_samples()
    {
        var request = new V1.ReadSamplesRequest
        {
            Stream = await StreamAsync(),
            Time = new()
            {
                StartTime = Timestamp.FromDateTime(DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc)),
                EndTime = Timestamp.FromDateTime(DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc)),
            },
        };

        using var call = fixture.Query.ReadSamples(request, IngestFixture.Options);
        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));

        Assert.Equal(new V1.SampleRange { EndSample = 10 }, call.ResponseStream.Current.Header.Range);
    }

    // Each request with one field spoiled at a time, as far as it has the field.
    private static IEnumerable<(Refusal Refusal, IMessage Request)> Spoil(IMessage request)
    {
        var fields = request.Descriptor.Fields;
        var named = fields.InDeclarationOrder()[0];
        foreach (var (refusal, spoil) in Names)
        {
            var name = spoil((string)named.Accessor.GetValue(request));
            yield return (refusal with { Field = refusal.Field.Replace("{name}", named.Name) }, With(named.Name, name));
        }

        foreach (var (refusal, point) in Points)
        {
            yield return (refusal, With("at", point));
        }

        foreach (
            var (refusal, size, token) in fields.InDeclarationOrder().Any(field => field.Name == "page_token")
                ? Pages
                : []
        )
        {
            var spoiled = With("page_size", size);
            fields["page_token"].Accessor.SetValue(spoiled, token);
            yield return (refusal, spoiled);
        }

        IMessage With(string field, object value)
        {
            var copy = request.Descriptor.Parser.ParseFrom(request.ToByteArray());
            fields[field].Accessor.SetValue(copy, value);
            return copy;
        }
    }

    private async Task CallAsync(IMessage request)
    {
        var options = IngestFixture.Options;
        switch (request)
        {
            case V1.GetStreamRequest get:
                await fixture.Query.GetStreamAsync(get, options);
                break;
            case V1.ListStreamsRequest list:
                await fixture.Query.ListStreamsAsync(list, options);
                break;
            case V1.ListAnnotationsRequest list:
                await fixture.Query.ListAnnotationsAsync(list, options);
                break;
            case V1.ListGapsRequest list:
                await fixture.Query.ListGapsAsync(list, options);
                break;
            case V1.ListMasksRequest list:
                await fixture.Query.ListMasksAsync(list, options);
                break;
            case V1.ListTimeAnchorsRequest list:
                await fixture.Query.ListTimeAnchorsAsync(list, options);
                break;
            default:
                using (var call = fixture.Query.ReadSamples((V1.ReadSamplesRequest)request, options))
                {
                    await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken);
                }

                break;
        }
    }

    private async Task<string> StreamAsync()
    {
        var name = IngestFixture.StreamName(await fixture.ForkAsync());
        var open = new V1.AppendOpen
        {
            Stream = name,
            Descriptor_ = Recording.Descriptor(),
            CreateIfMissing = true,
        };
        var batch = new V1.AppendBatchRequest { Open = open, Blocks = { Recording.Block(0, 10) } };
        await fixture.Ingest.AppendBatchAsync(batch, IngestFixture.Options);
        return name;
    }
}
