using Dendrite.Errors;
using Dendrite.SchedulerService.Runs;
using Dendrite.SchedulerService.Times;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Enum = System.Enum;

namespace Dendrite.SchedulerService.Jobs;

/// <summary>Checks a job's policy that came in a request.</summary>
internal static class PolicyInput
{
    private const int MaxAttempts = 100;
    private const int MaxPauseAfter = 1_000;
    private const int MaxKeyLength = 200;

    private static readonly TimeSpan MaxWindow = TimeSpan.FromDays(366);
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(30);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromDays(7);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>The policy itself.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static JobPolicy Check(JobPolicy policy)
    {
        Known(policy.Misfire, "job.policy.misfire");
        Known(policy.Overlap, "job.policy.overlap");
        Check(policy.CatchUpWindow, "catch_up_window", TimeSpan.Zero, MaxWindow);
        Check(policy.Timeout, "timeout", Second, MaxTimeout);
        Check(policy.InitialBackoff, "initial_backoff", TimeSpan.Zero, MaxBackoff);
        Check(policy.MaxBackoff, "max_backoff", TimeSpan.Zero, MaxBackoff);
        Between(policy.MaxAttempts, "max_attempts", MaxAttempts);
        Between(policy.PauseAfterFailures, "pause_after_failures", MaxPauseAfter);
        RequestFields.Text(policy.ConcurrencyKey, "job.policy.concurrency_key", MaxKeyLength);
        var effective = RunPolicy.Of(policy);
        return effective.InitialBackoff <= effective.MaxBackoff
            ? policy
            : throw DendriteException.Invalid(
                "job.policy.initial_backoff",
                $"is {effective.InitialBackoff.TotalSeconds:0.###} s, more than max_backoff of "
                    + $"{effective.MaxBackoff.TotalSeconds:0.###} s; make one fit"
            );
    }

    private static void Check(Duration? duration, string field, TimeSpan min, TimeSpan max)
    {
        if (duration is not null)
            Durations.Read(duration, $"job.policy.{field}", min, max);
    }

    private static void Between(int value, string field, int max)
    {
        if (value < 0 || value > max)
            throw DendriteException.Invalid($"job.policy.{field}", $"is {value}; from 0 to {max} are allowed");
    }

    private static void Known<T>(T value, string field)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            var names = string.Join(", ", Enum.GetNames<T>());
            throw DendriteException.Invalid(field, $"{value} is not known to this server; one of {names}");
        }
    }
}
