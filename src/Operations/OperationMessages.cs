using Dendrite.Contracts.Names;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Operations;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Operations;

/// <summary>Puts an operation on the wire.</summary>
internal static class OperationMessages
{
    private const string TypePrefix = "type.googleapis.com/";

    public static V1.Operation Of(ProjectName project, OperationRecord operation)
    {
        var message = new V1.Operation
        {
            Name = new OperationName(project.Project, operation.Id).ToString(),
            Method = operation.Method,
            State = StateOf(operation),
            Progress = operation.Progress.Step.Length == 0 ? null : ProgressOf(operation.Progress),
            CreateTime = Timestamps.Of(operation.CreateTime),
            UpdateTime = Timestamps.Of(operation.UpdateTime),
            EndTime = Timestamps.Of(operation.EndTime),
            Creator = operation.Creator,
        };
        if (operation.Error is { } error)
        {
            message.Error = Rpc.Status.Parser.ParseFrom(error);
        }
        else if (operation.Response is { } response)
        {
            message.Response = new Any
            {
                TypeUrl = TypePrefix + response.TypeName,
                Value = UnsafeByteOperations.UnsafeWrap(response.Bytes),
            };
        }

        return message;
    }

    private static V1.OperationState StateOf(OperationRecord operation) =>
        operation.State switch
        {
            OperationState.Pending => V1.OperationState.Pending,
            OperationState.Running when operation.CancelTime is not null => V1.OperationState.Cancelling,
            OperationState.Running => V1.OperationState.Running,
            OperationState.Succeeded => V1.OperationState.Succeeded,
            OperationState.Failed => V1.OperationState.Failed,
            OperationState.Cancelled => V1.OperationState.Cancelled,
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation.State, "no such state"),
        };

    private static V1.OperationProgress ProgressOf(OperationProgress progress)
    {
        var message = new V1.OperationProgress
        {
            Step = progress.Step,
            Done = progress.Done,
            Unit = progress.Unit,
        };
        if (progress.Total is { } total)
        {
            message.Total = total;
        }

        return message;
    }
}
