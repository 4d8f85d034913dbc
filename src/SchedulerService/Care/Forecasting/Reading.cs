namespace Dendrite.SchedulerService.Care.Forecasting;

/// <summary>What something measured at an instant.</summary>
internal readonly record struct Reading(DateTimeOffset Time, double Value);
