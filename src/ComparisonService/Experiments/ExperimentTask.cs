using Dendrite.Operations;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>Compares experiments as an operation of their own.</summary>
internal sealed class ExperimentTask(ExperimentComparer comparer) : IOperationTask
{
    public const string MethodName = "dendrite.v1.ExperimentService/CompareExperiments";

    public string Method => MethodName;

    public async Task<IMessage> RunAsync(OperationWork work, CancellationToken cancellation) =>
        await comparer.CompareAsync(work, SettledComparison.Read(work.ReadRequest<BytesValue>()), cancellation);
}
