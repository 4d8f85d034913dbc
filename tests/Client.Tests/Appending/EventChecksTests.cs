using Dendrite.Client.Appending;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Client.Tests.Appending;

public sealed class EventChecksTests
{
    private static readonly EventChecks Checks = new(Gateways.TestDevice.Descriptor());

    public static TheoryData<string, V1.Annotation> Annotations =>
        new()
        {
            { "[1].text: is empty", Note(note => note.Text = "") },
            { "[1].text: has 4001 characters", Note(note => note.Text = new('x', 4_001)) },
            { "[1].text: holds a control character", Note(note => note.Text = "bell\u0007") },
            { "[1].category", Note(note => note.Category = new('x', 201)) },
            { "[1].channels: 'c9' is not a channel", Note(note => note.Channels.Add(["c0", "c9"])) },
            { "[1].annotation_id", Note(note => note.AnnotationId = "seven") },
            { "[1].duration", Note(note => note.Duration = new() { Nanos = -1 }) },
            { "[1].onset: ", Note(note => note.Onset = new() { Seconds = -9_223_372_037 }) },
            { "[1].duration: ", Note(note => note.Duration = new() { Seconds = 315_576_000_000 }) },
            { "[1].metadata", Note(note => note.Metadata = Json(Value.ForString(new('x', 17_000)))) },
            { "[1].metadata", Note(note => note.Metadata = Json(Value.ForString(new('"', 9_000)))) },
            { "[1].metadata", Note(note => note.Metadata = Json(Value.ForList(Value.ForNumber(double.NaN)))) },
            { "[1].metadata", Note(note => note.Metadata = Json(Value.ForString("\0"))) },
            { "[1].metadata", Note(note => note.Metadata = Json(new())) },
            { "[1].metadata: nests", Note(note => note.Metadata = Json(Nested(40))) },
            { "[1]: is too large", Note(note => note.Channels.Add(Enumerable.Repeat("c0", 300_000))) },
        };

    public static TheoryData<string, V1.TimeAnchor> Anchors =>
        new()
        {
            { "[1].sample: -1", Anchor(anchor => anchor.Sample = -1) },
            { "[1].sample: comes behind 5", Anchor(anchor => anchor.Sample = 4) },
            { "[1].instant: is missing", Anchor(anchor => anchor.Instant = null) },
            { "[1].instant is not an instant", Anchor(anchor => anchor.Instant.Nanos = -1) },
            { "[1].instant: is not within", Anchor(anchor => anchor.Instant.Seconds = 9_223_372_037) },
            { "[1].instant: is before", Anchor(anchor => anchor.Instant.Seconds = 99) },
            { "[1].device_seconds", Anchor(anchor => anchor.DeviceSeconds = double.NaN) },
            { "[1].clock_offset_seconds", Anchor(anchor => anchor.ClockOffsetSeconds = double.PositiveInfinity) },
            { "[1].uncertainty_seconds", Anchor(anchor => anchor.UncertaintySeconds = -1) },
        };

    [Theory]
    [MemberData(nameof(Annotations))]
    public void An_annotation_that_no_stream_takes_is_refused_by_its_field(string said, V1.Annotation annotation)
    {
        var refused = Assert.Throws<ArgumentException>(() => Checks.Require([Note(_ => { }), annotation]));
        Assert.StartsWith("annotations" + said, refused.Message);
    }

    [Theory]
    [InlineData(29, true)]
    [InlineData(30, false)]
    [InlineData(31, false)]
    [InlineData(32, false)]
    [InlineData(150, false)]
    public void Spooled_annotations_lose_metadata_that_no_service_reads(int depth, bool isKept)
    {
        var spooled = new V1.AppendAnnotations
        {
            Annotations = { Note(note => note.Metadata = Json(Nested(depth))), Note(note => note.Text = "behind it") },
        };

        var read = EventChecks.ReadSpooled(spooled.ToByteArray());

        Assert.Equal([spooled.Annotations[0].Text, "behind it"], read.Annotations.Select(note => note.Text));
        Assert.Equal(isKept, read.Annotations[0].Metadata is not null);
        // As the service reads it, one message further out.
        var sent = new V1.AppendRequest { Annotations = read }.ToByteArray();
        Assert.Equal(read, V1.AppendRequest.Parser.ParseFrom(sent).Annotations);
    }

    [Fact]
    public void What_nests_as_deep_as_is_taken_is_read_by_a_service()
    {
        var note = Note(note => note.Metadata = Json(Nested(29)));
        Checks.Require([note]);
        var sent = new V1.AppendRequest { Annotations = new() { Annotations = { note } } }.ToByteArray();
        Assert.Equal(note, V1.AppendRequest.Parser.ParseFrom(sent).Annotations.Annotations[0]);
    }

    [Theory]
    [MemberData(nameof(Anchors))]
    public void An_anchor_that_no_stream_takes_is_refused_by_its_field(string said, V1.TimeAnchor anchor)
    {
        var before = Anchor(first => first.Sample = 5);
        var refused = Assert.Throws<ArgumentException>(() => EventChecks.Require([before, anchor]));
        Assert.StartsWith("anchors" + said, refused.Message);
    }

    [Theory]
    [InlineData(V1.GapCause.Unspecified, "", "cause")]
    [InlineData(V1.GapCause.Masked, "", "cause")]
    [InlineData(V1.GapCause.Paused, "bell\u0007", "note")]
    public void A_gap_that_no_stream_takes_is_refused_by_its_field(V1.GapCause cause, string note, string field)
    {
        var refused = Assert.Throws<ArgumentException>(() => EventChecks.RequireGap(5, [0, 0], cause, note));
        Assert.StartsWith(field + ": ", refused.Message);
    }

    [Fact]
    public void Whatever_a_stream_takes_is_taken()
    {
        Checks.Require([Note(note => note.Text = "\u0085 of Latin-1\n"), Note(note => note.Channels.Add("c2"))]);
        Checks.Require([Note(note => note.Metadata = Json(Value.ForStruct(Json(Value.ForNull()))))]);
        EventChecks.Require([Anchor(_ => { }), Anchor(again => again.Instant.Seconds = 1)]);
        EventChecks.RequireGap(EventChecks.MaxSample - 7, [7], V1.GapCause.Declared, new('x', 1_000));
    }

    private static V1.Annotation Note(Action<V1.Annotation> change)
    {
        var note = new V1.Annotation { Text = "blink" };
        change(note);
        return note;
    }

    private static V1.TimeAnchor Anchor(Action<V1.TimeAnchor> change)
    {
        var anchor = new V1.TimeAnchor
        {
            Sample = 7,
            Instant = new() { Seconds = 100 },
        };
        change(anchor);
        return anchor;
    }

    private static Struct Json(Value value) => new() { Fields = { ["key"] = value } };

    private static Value Nested(int depth) =>
        depth == 0 ? Value.ForNumber(1) : Value.ForStruct(new() { Fields = { ["of"] = Nested(depth - 1) } });
}
