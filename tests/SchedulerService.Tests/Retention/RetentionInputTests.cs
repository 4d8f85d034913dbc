using Dendrite.Errors;
using Dendrite.SchedulerService.Retention;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Tests.Retention;

public sealed class RetentionInputTests
{
    private const long Day = 86_400;

    public static TheoryData<string, Action<RetentionPolicy>> Bad =>
        new()
        {
            { "retention_policy.basis", policy => policy.Basis = RetentionBasis.Unspecified },
            { "retention_policy.basis", policy => policy.Basis = (RetentionBasis)99 },
            { "retention_policy.keep", policy => policy.Keep = null },
            { "retention_policy.keep", policy => policy.Keep = new Duration() },
            { "retention_policy.keep", policy => policy.Keep = Seconds(59) },
            { "retention_policy.keep", policy => policy.Keep = Seconds(-7 * Day) },
            { "retention_policy.keep", policy => policy.Keep = Seconds((36_500 * Day) + 1) },
            { "retention_policy.keep", policy => policy.Keep = Seconds(long.MaxValue) },
            { "retention_policy.keep", policy => policy.Keep = Seconds(long.MinValue) },
            { "retention_policy.keep", policy => policy.Keep = new Duration { Seconds = Day, Nanos = -1 } },
            { "retention_policy.keep", policy => policy.Keep = new Duration { Seconds = 60, Nanos = int.MinValue } },
            { "retention_policy.keep", policy => policy.Keep = new Duration { Seconds = 60, Nanos = int.MaxValue } },
            { "retention_policy.warn_before", policy => policy.WarnBefore = Seconds(7 * Day) },
            { "retention_policy.warn_before", policy => policy.WarnBefore = Seconds(8 * Day) },
            { "retention_policy.warn_before", policy => policy.WarnBefore = new Duration() },
            { "retention_policy.warn_before", policy => policy.WarnBefore = Seconds(-1) },
            { "retention_policy.purge_after", policy => policy.PurgeAfter = new Duration() },
            { "retention_policy.purge_after", policy => policy.PurgeAfter = Seconds(3_651 * Day) },
            { "retention_policy.purge_after", policy => policy.PurgeAfter = Seconds(-Day) },
            { "retention_policy.display_name", policy => policy.DisplayName = new string('x', 201) },
            { "retention_policy.display_name", policy => policy.DisplayName = "bell \a" },
            { "retention_policy.filter", policy => policy.Filter = new string('x', 3_901) },
            { "retention_policy.filter", policy => policy.Filter = "kind = " },
            { "retention_policy.filter", policy => policy.Filter = "kind = 'EXPERIMENT" },
            { "retention_policy.filter", policy => policy.Filter = "x'; DROP TABLE branching.branch; --" },
            { "retention_policy.filter", policy => policy.Filter = "kind = MAIN" },
            // As deep as the language allows, and then a walk could not go on.
            { "retention_policy.filter", policy => policy.Filter = Nested(32) },
            { "retention_policy.filter", policy => policy.Filter = Comparisons(100) },
        };

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_cannot_be_is_refused_at_its_field(string field, Action<RetentionPolicy> spoil)
    {
        var policy = Good();
        spoil(policy);
        var refusal = Assert.Throws<DendriteException>(() => Read(policy));
        Assert.Equal(field, Assert.Single(refusal.FieldViolations).Field);
    }

    [Fact]
    public void What_is_left_out_has_the_contracts_defaults()
    {
        var read = Read(Good());
        Assert.Equal((TimeSpan.FromDays(7), (TimeSpan?)null), (read.PurgeAfter, read.WarnBefore));
        Assert.Equal((false, false, ""), (read.IncludeTagged, read.IsDisabled, read.Filter));
    }

    [Fact]
    public void The_longest_filter_and_the_longest_times_are_taken()
    {
        var policy = Good();
        policy.Keep = Seconds(36_500 * Day);
        policy.PurgeAfter = Seconds(3_650 * Day);
        policy.WarnBefore = Seconds((36_500 * Day) - 1);
        policy.Filter = Nested(31);
        Assert.Equal(TimeSpan.FromDays(36_500), Read(policy).Keep);
        policy.Filter = Comparisons(99);
        Read(policy);
    }

    [Fact]
    public void What_is_finer_than_stored_is_cut()
    {
        var policy = Good();
        policy.Keep = new Duration { Seconds = 61, Nanos = 1_999 };
        Assert.Equal(TimeSpan.FromSeconds(61) + TimeSpan.FromMicroseconds(1), Read(policy).Keep);
    }

    [Fact]
    public void An_update_must_fit_what_is_there()
    {
        var policy = Good();
        policy.WarnBefore = Seconds(2 * Day);
        var current = Read(policy);
        var shorter = RetentionInput.Change(new() { Keep = Seconds(Day) }, null);
        var refusal = Assert.Throws<DendriteException>(() => RetentionInput.Apply(current, shorter));
        Assert.Equal("retention_policy.warn_before", Assert.Single(refusal.FieldViolations).Field);
        // An absent field that the mask names is taken off.
        var both = new FieldMask { Paths = { "keep", "warn_before" } };
        var changed = RetentionInput.Apply(current, RetentionInput.Change(new() { Keep = Seconds(Day) }, both));
        Assert.Equal((TimeSpan.FromDays(1), (TimeSpan?)null), (changed.Keep, changed.WarnBefore));
    }

    private static Storage.Retention.RetentionPolicyRecord Read(RetentionPolicy policy) =>
        RetentionInput.Apply(RetentionInput.Unset("p"), RetentionInput.New(policy));

    private static RetentionPolicy Good() => new() { Basis = RetentionBasis.CreateTime, Keep = Seconds(7 * Day) };

    private static Duration Seconds(long seconds) => new() { Seconds = seconds };

    private static string Nested(int depth) => new string('(', depth) + "kind = TRIAL" + new string(')', depth);

    private static string Comparisons(int count) => string.Join(" OR ", Enumerable.Repeat("kind = TRIAL", count));
}
