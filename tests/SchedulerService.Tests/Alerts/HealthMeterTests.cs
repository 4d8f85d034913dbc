using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Dendrite.SchedulerService.Alerts;

namespace Dendrite.SchedulerService.Tests.Alerts;

public sealed class HealthMeterTests
{
    [Fact]
    public async Task What_rules_watch_is_measured_as_metrics_too_and_without_any_rule()
    {
        await using var lab = new AlertLab();
        await lab.InitializeAsync();
        var ours = lab.Service<IMeterFactory>();
        var measured = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener();
        // Other labs measure in this process too: theirs are meters of another scope.
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter.Name == HealthMeter.MeterName && instrument.Meter.Scope == ours)
                listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>(
            (instrument, value, tags, _) =>
            {
                var named = string.Join(' ', tags.ToArray().Select(tag => tag.Value));
                measured[$"{instrument.Name} {{{instrument.Unit}}} {named}"] = value;
            }
        );
        listener.Start();
        await lab.QueueAsync(3);
        await lab.LookAsync();

        Assert.Equal(3, measured["dendrite.scheduler.run.queued {{run}} lab"]);
        Assert.Equal(3, measured["dendrite.scheduler.run.queued {{run}} lab retention"]);
        Assert.Equal(0, measured["dendrite.scheduler.run.queued {{run}} lab maintenance"]);
        Assert.Equal(60, measured["dendrite.scheduler.run.start_delay {s} lab retention"]);
        // Nothing ended: a ratio would be a lie.
        Assert.DoesNotContain(measured.Keys, name => name.Contains("success_ratio", StringComparison.Ordinal));
    }
}
