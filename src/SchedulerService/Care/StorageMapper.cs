using Dendrite.SchedulerService.Care.Forecasting;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Stored = Dendrite.Storage.Care;

namespace Dendrite.SchedulerService.Care;

/// <summary>From what was found to the contract.</summary>
internal static class StorageMapper
{
    public static GetStorageForecastResponse ToContract(ProjectOutlook outlook)
    {
        var response = new GetStorageForecastResponse
        {
            Time = Timestamp.FromDateTimeOffset(outlook.Time),
            Disk = outlook.Disk is { } disk ? new() { TotalBytes = disk.TotalBytes, UsedBytes = disk.UsedBytes } : null,
            Installation = ToContract(outlook.All),
            Project = ToContract(outlook.Project),
            DatabaseBytes = outlook.DatabaseBytes,
            BytesPerByte = outlook.BytesPerByte,
            ReadRatio = outlook.ReadRatio,
        };
        if (outlook.GrowthShare is { } share)
        {
            response.GrowthShare = share;
        }

        return response;
    }

    public static V1.QuietTimes ToContract(CarePlan plan)
    {
        var contract = new V1.QuietTimes
        {
            QuietNow = plan.Moment.IsQuiet,
            NextTime = Timestamps.Of(plan.Moment.NextQuiet),
            LimitBytesPerSecond = plan.Quiet.Limit,
            Learned = plan.Quiet.IsLearned,
        };
        if (plan.BytesPerSecond is { } rate)
        {
            contract.BytesPerSecond = rate;
        }

        contract.Hours.AddRange(
            plan.Quiet.Hours.Select(hour => new V1.HourRate
            {
                Hour = hour.Hour,
                BytesPerSecond = hour.BytesPerSecond,
                DayCount = hour.Days,
            })
        );
        return contract;
    }

    public static V1.TableCare ToContract(TablePlan plan)
    {
        var facts = plan.Facts;
        var contract = new V1.TableCare
        {
            Table = facts.Table,
            HeapBytes = facts.HeapBytes,
            ToastBytes = facts.ToastBytes,
            IndexBytes = facts.IndexBytes,
            LiveRows = facts.LiveRows,
            DeadRows = facts.DeadRows + facts.ToastDeadRows,
            DeadBytes = (long)facts.DeadBytes,
            DeadRatio = facts.DeadRatio,
            FreezeRatio = facts.FreezeRatio,
            VacuumTime = Timestamps.Of(facts.LastVacuumTime),
            DeadTrend = ToContract(facts.DeadTrend),
            Due = ToContract(plan.DueForecast),
        };
        if (facts.AirRatio is { } air)
        {
            contract.AirRatio = air;
        }

        if (facts.WritesPerSecond is { } writes)
        {
            contract.WritesPerSecond = writes;
        }

        contract.Decisions.AddRange(plan.Decisions.Select(ToContract));
        return contract;
    }

    public static CareActionRecord ToContract(Stored.CareActionRecord action)
    {
        var contract = new CareActionRecord
        {
            ActionId = action.Id.ToString(),
            Action = action.Kind switch
            {
                Stored.CareKind.RebuildIndex => V1.CareAction.RebuildIndex,
                Stored.CareKind.Freeze => V1.CareAction.Freeze,
                _ => V1.CareAction.Vacuum,
            },
            Table = action.Table,
            Index = action.Index,
            Urgent = action.IsUrgent,
            Reason = action.Reason,
            StartTime = Timestamps.Of(action.StartTime),
            EndTime = Timestamps.Of(action.EndTime),
            Outcome = action.Outcome switch
            {
                Stored.CareOutcome.Running => CareOutcome.Running,
                Stored.CareOutcome.Done => CareOutcome.Done,
                Stored.CareOutcome.Left => CareOutcome.Left,
                Stored.CareOutcome.Failed => CareOutcome.Failed,
                _ => CareOutcome.Lost,
            },
            Message = action.Message,
            BytesBefore = action.BytesBefore,
            DeadRowsBefore = action.DeadRowsBefore,
        };
        if (action is { BytesAfter: { } bytes, DeadRowsAfter: { } dead })
        {
            (contract.BytesAfter, contract.DeadRowsAfter) = (bytes, dead);
        }

        return contract;
    }

    private static StorageGrowth ToContract(StorageForecast forecast) =>
        new()
        {
            Bytes = (long)forecast.Bytes,
            Trend = ToContract(forecast.Trend),
            DiskFull = ToContract(forecast.Full),
        };

    private static V1.Trend? ToContract(Forecasting.Trend? trend) =>
        trend is null
            ? null
            : new()
            {
                PerDay = trend.PerDay,
                LowPerDay = trend.LowPerDay,
                HighPerDay = trend.HighPerDay,
                ReadingCount = trend.Count,
                FirstTime = Timestamps.Of(trend.First),
                LastTime = Timestamps.Of(trend.Last),
            };

    private static V1.Crossing ToContract(Forecasting.Crossing crossing) =>
        new()
        {
            State = crossing.State switch
            {
                Forecasting.CrossingState.Passed => V1.CrossingState.Passed,
                Forecasting.CrossingState.Expected => V1.CrossingState.Expected,
                Forecasting.CrossingState.Never => V1.CrossingState.Never,
                Forecasting.CrossingState.TooLittleHistory => V1.CrossingState.TooLittleHistory,
                _ => V1.CrossingState.UnknownLimit,
            },
            Time = Timestamps.Of(crossing.Time),
            EarliestTime = Timestamps.Of(crossing.Earliest),
            LatestTime = Timestamps.Of(crossing.Latest),
        };

    private static V1.CareDecision ToContract(Forecasting.CareDecision decision) =>
        new()
        {
            Action = decision.Action switch
            {
                Forecasting.CareAction.None => V1.CareAction.None,
                Forecasting.CareAction.Vacuum => V1.CareAction.Vacuum,
                Forecasting.CareAction.Freeze => V1.CareAction.Freeze,
                Forecasting.CareAction.RebuildIndex => V1.CareAction.RebuildIndex,
                _ => V1.CareAction.Rewrite,
            },
            Timing = decision.Timing switch
            {
                Forecasting.CareTiming.Never => V1.CareTiming.Never,
                Forecasting.CareTiming.Later => V1.CareTiming.Later,
                Forecasting.CareTiming.Now => V1.CareTiming.Now,
                _ => V1.CareTiming.Urgent,
            },
            Time = Timestamps.Of(decision.Time),
            Index = decision.Index,
            Reason = decision.Reason,
        };
}
