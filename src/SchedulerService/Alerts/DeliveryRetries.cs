namespace Dendrite.SchedulerService.Alerts;

/// <summary>When a message is tried again: pure.</summary>
internal static class DeliveryRetries
{
    /// <param name="attempt">The one that failed, from 1.</param>
    /// <param name="asked">How long the receiver asks to wait; never longer than the longest wait.</param>
    /// <returns>Null where it was the last attempt.</returns>
    public static TimeSpan? Next(AlertOptions options, int attempt, TimeSpan? asked)
    {
        if (attempt >= options.MaxAttempts)
        {
            return null;
        }

        // Compared as a number: a span of many doublings would be no span.
        var doubled = options.FirstRetry.TotalSeconds * Math.Pow(2, attempt - 1);
        var wait = doubled < options.LongestRetry.TotalSeconds ? TimeSpan.FromSeconds(doubled) : options.LongestRetry;
        return asked is { } longer && longer > wait
            ? (longer < options.LongestRetry ? longer : options.LongestRetry)
            : wait;
    }
}
