using Google.Protobuf;

namespace Dendrite.Operations;

/// <summary>
/// What is done for one method whose work outlives its call. Register it as a singleton
/// (<c>AddSingleton&lt;IOperationTask, MyTask&gt;()</c>); the method itself only calls
/// <see cref="OperationStarter"/>.
/// </summary>
public interface IOperationTask
{
    /// <summary>The RPC with its service's full name, such as
    /// <c>dendrite.v1.ExperimentService/CompareExperiments</c>.</summary>
    string Method { get; }

    /// <summary>
    /// Does the work and gives what it made. May be called again for the same operation, by any replica, after any part
    /// of it was done: what should not be done twice is kept as parts of the work.
    /// </summary>
    /// <param name="work">What is asked for, how progress is told, and what earlier attempts have kept.</param>
    /// <param name="cancellation">
    /// Cancelled when somebody asked for it, when the replica stops, and when another replica took over.
    /// </param>
    /// <exception cref="Errors.DendriteException">
    /// Ends the operation with this error; with UNAVAILABLE it is tried again a few times first.
    /// </exception>
    Task<IMessage> RunAsync(OperationWork work, CancellationToken cancellation);
}
