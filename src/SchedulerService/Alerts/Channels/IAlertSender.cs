using Dendrite.V1;

namespace Dendrite.SchedulerService.Alerts.Channels;

/// <summary>One way to tell someone. Thread-safe.</summary>
internal interface IAlertSender
{
    /// <summary>Which member of the contract's channel it does.</summary>
    AlertChannel.ChannelOneofCase Kind { get; }

    /// <summary>Tries once. Whatever goes wrong outside is an answer and no exception.</summary>
    Task<SendResult> SendAsync(OutgoingAlert alert, CancellationToken cancellationToken);
}

/// <summary>A message on its way.</summary>
/// <param name="Project">Id of the project, whose secrets are used.</param>
/// <param name="Message">With its delivery id and the time of sending.</param>
/// <param name="Timeout">How long the attempt may take.</param>
internal sealed record OutgoingAlert(string Project, AlertChannel Channel, AlertMessage Message, TimeSpan Timeout);

/// <summary>How an attempt went.</summary>
/// <param name="Problem">Null where it went through; for people else, and without secrets.</param>
/// <param name="IsFinal">Whether trying again is of no use.</param>
/// <param name="RetryAfter">How long the receiver asks to wait; null: it does not say.</param>
internal sealed record SendResult(string? Problem, bool IsFinal = false, TimeSpan? RetryAfter = null)
{
    public static SendResult Sent { get; } = new((string?)null);

    public static SendResult Later(string problem, TimeSpan? after = null) => new(problem, false, after);

    public static SendResult Never(string problem) => new(problem, true);
}
