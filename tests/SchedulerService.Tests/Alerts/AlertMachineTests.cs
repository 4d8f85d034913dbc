using Dendrite.SchedulerService.Alerts;
using Dendrite.Storage.Alerts;

namespace Dendrite.SchedulerService.Tests.Alerts;

/// <summary>
/// Looks a minute apart, each a letter: <c>x</c> the figure is on the wrong side, <c>.</c> it is not. What came of
/// each:
/// <c>q</c> quiet, <c>p</c> pending, <c>F</c> begins to fire, <c>f</c> fires, <c>r</c> recovering, <c>O</c> over.
/// </summary>
public sealed class AlertMachineTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    // At once, and over at once.
    [InlineData(0, 0, "..x", "qqF")]
    [InlineData(0, 0, "xxx", "Fff")]
    [InlineData(0, 0, "x.x.", "FOFO")]
    // It must hold for two minutes: the third look in a row.
    [InlineData(2, 0, "xx.", "ppq")]
    [InlineData(2, 0, "xxx", "ppF")]
    [InlineData(2, 0, "xx.xxx", "ppqppF")]
    [InlineData(2, 0, "xxxx.", "ppFfO")]
    // It must be well for two minutes.
    [InlineData(0, 2, "x..", "Frr")]
    [InlineData(0, 2, "x...", "FrrO")]
    [InlineData(0, 2, "x..x...", "FrrfrrO")]
    [InlineData(0, 2, "x.x.x", "Frfrf")]
    // Both; what begins again begins from the start.
    [InlineData(1, 1, "xx..xx", "pFrOpF")]
    [InlineData(1, 3, "xx.x....", "pFrfrrrO")]
    public void A_rule_goes_from_look_to_look(int hold, int recovery, string looks, string expected)
    {
        var terms = new AlertHolds(TimeSpan.FromMinutes(hold), TimeSpan.FromMinutes(recovery));
        AlertStanding? standing = null;
        var came = "";
        for (var i = 0; i < looks.Length; i++)
        {
            var step = AlertMachine.Advance(standing, terms, looks[i] == 'x', Start.AddMinutes(i));
            came += Letter(step);
            standing = step.Standing;
        }

        Assert.Equal(expected, came);
    }

    public static TheoryData<AlertPhase, bool, bool> Everything =>
        new(
            from phase in Enum.GetValues<AlertPhase>()
            from holds in new[] { true, false }
            from lastedLongEnough in new[] { true, false }
            select (phase, holds, lastedLongEnough)
        );

    [Theory]
    [MemberData(nameof(Everything))]
    public void Every_phase_has_its_next_one(AlertPhase phase, bool holds, bool lastedLongEnough)
    {
        var terms = new AlertHolds(TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(7));
        var now = Start.AddMinutes(lastedLongEnough ? 7 : 1);

        var step = AlertMachine.Advance(new(phase, Start), terms, holds, now);

        var expected = (phase, holds, lastedLongEnough) switch
        {
            (AlertPhase.Quiet, true, _) => AlertPhase.Pending,
            (AlertPhase.Quiet, false, _) => AlertPhase.Quiet,
            (AlertPhase.Pending, true, true) => AlertPhase.Firing,
            (AlertPhase.Pending, true, false) => AlertPhase.Pending,
            (AlertPhase.Pending, false, _) => AlertPhase.Quiet,
            (AlertPhase.Firing, true, _) => AlertPhase.Firing,
            (AlertPhase.Firing, false, _) => AlertPhase.Recovering,
            (_, true, _) => AlertPhase.Firing,
            (_, false, true) => AlertPhase.Quiet,
            _ => AlertPhase.Recovering,
        };
        Assert.Equal(expected, step.Standing.Phase);
        // A phase that goes on keeps its beginning, a new one begins now.
        Assert.Equal(expected == phase ? Start : now, step.Standing.Since);
        Assert.Equal(phase is AlertPhase.Pending && expected is AlertPhase.Firing ? Start : null, step.FiredSince);
        Assert.Equal(phase is AlertPhase.Recovering && expected is AlertPhase.Quiet, step.IsOver);
    }

    [Fact]
    public void A_clock_that_is_set_back_ends_no_hold()
    {
        var terms = new AlertHolds(TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5));
        var pending = new AlertStanding(AlertPhase.Pending, Start);

        var step = AlertMachine.Advance(pending, terms, true, Start.AddHours(-1));
        Assert.Equal(new AlertStanding(AlertPhase.Pending, Start.AddHours(-1)), step.Standing);
        // From then on it is as long as any other.
        step = AlertMachine.Advance(step.Standing, terms, true, Start.AddMinutes(-55));
        Assert.Equal(Start.AddHours(-1), step.FiredSince);
    }

    private static char Letter(AlertStep step) =>
        step.FiredSince is not null ? 'F'
        : step.IsOver ? 'O'
        : step.Standing.Phase switch
        {
            AlertPhase.Quiet => 'q',
            AlertPhase.Pending => 'p',
            AlertPhase.Firing => 'f',
            _ => 'r',
        };
}
