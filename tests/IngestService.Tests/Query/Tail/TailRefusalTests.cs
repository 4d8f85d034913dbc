using Dendrite.Fixtures.BadInput;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.IngestService.Tests.Query.Tail;

/// <summary>Bad arguments to <c>Tail</c>: the status, the field at fault, and nothing left running.</summary>
public sealed class TailRefusalTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    public static TheoryData<Refusal, Action<V1.TailRequest>> Requests =>
        new()
        {
            { Invalid("stream"), tail => tail.Stream = "" },
            { Invalid("stream"), tail => tail.Stream = "eeg" },
            { Invalid("stream"), tail => tail.Stream += "/" },
            { Invalid("stream"), tail => tail.Stream += "\0" },
            { Invalid("stream"), tail => tail.Stream += "'; DROP TABLE signals.block; --" },
            { Invalid("stream"), tail => tail.Stream += new string('x', 3_000_000) },
            { Of(StatusCode.PermissionDenied), tail => tail.Stream = tail.Stream.Replace("/lab/", "/other/") },
            { Of(StatusCode.NotFound), tail => tail.Stream += "-gone" },
            { Of(StatusCode.NotFound), tail => tail.Stream = tail.Stream.Replace("/branches/b", "/branches/gone") },
            { OutOfRange, tail => tail.StartSample = -1 },
            { OutOfRange, tail => tail.StartSample = 11 },
            { OutOfRange, tail => tail.StartSample = long.MaxValue },
            { new(StatusCode.NotFound, "channels[0]", null), tail => tail.Channels.Add("c99") },
            { new(StatusCode.NotFound, "channels[1]", null), tail => tail.Channels.Add(["c0", "'; --"]) },
            { Invalid("format"), tail => tail.Format = (V1.SampleFormat)99 },
            { Invalid("max_lag"), tail => tail.MaxLag = new() },
            { Invalid("max_lag"), tail => tail.MaxLag = new() { Seconds = -1 } },
            { Invalid("max_lag"), tail => tail.MaxLag = new() { Nanos = 99_999_999 } },
            { Invalid("max_lag"), tail => tail.MaxLag = new() { Seconds = 3_600, Nanos = 1 } },
            { Invalid("max_lag"), tail => tail.MaxLag = new() { Seconds = long.MaxValue } },
            { Invalid("max_lag"), tail => tail.MaxLag = new() { Nanos = int.MaxValue } },
        };

    private static Refusal OutOfRange => new(StatusCode.OutOfRange, "start_sample", null);

    [Theory]
    [MemberData(nameof(Requests))]
    [BadInputOf("Tail")]
    public async Task A_bad_tail_is_refused(Refusal refusal, Action<V1.TailRequest> spoil)
    {
        var request = new V1.TailRequest { Stream = await StreamAsync() };
        spoil(request);
        var actual = await Refusal.OfAsync(() => TailClient.RefusedAsync(fixture, request), fixture.CountAllAsync);
        Assert.Equal(refusal, actual);
    }

    [Fact]
    public async Task The_bounds_of_a_tail_are_good()
    {
        var stream = await StreamAsync();
        foreach (var lag in new[] { TimeSpan.FromSeconds(0.1), TimeSpan.FromHours(1) })
        {
            using var tail = await TailClient.OpenAsync(
                fixture,
                stream,
                ask => (ask.StartSample, ask.MaxLag) = (10, Duration.FromTimeSpan(lag))
            );
            Assert.Equal(10, tail.Next);
        }
    }

    private async Task<string> StreamAsync()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 10));
        await gateway.CloseAsync();
        return stream;
    }
}
