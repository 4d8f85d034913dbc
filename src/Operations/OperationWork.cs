using Dendrite.Contracts.Names;
using Dendrite.Storage;
using Dendrite.Storage.Operations;
using Google.Protobuf;

namespace Dendrite.Operations;

/// <summary>An operation in the hands of its task. Its methods may be called from several threads.</summary>
public sealed class OperationWork
{
    /// <summary>Progress is told no more often than this: more is for nobody, and each time costs a write.</summary>
    private static readonly TimeSpan TellInterval = TimeSpan.FromMilliseconds(250);

    private readonly OperationRecord operation;
    private readonly OperationLease lease;
    private readonly OperationLeaseStore store;
    private readonly TimeProvider time;
    private readonly Lock telling = new();
    private long toldAt;
    private string toldStep = "";

    internal OperationWork(
        ProjectName project,
        OperationRecord operation,
        OperationLease lease,
        OperationLeaseStore store,
        TimeProvider time
    )
    {
        ProjectName = project;
        this.operation = operation;
        this.lease = lease;
        this.store = store;
        this.time = time;
    }

    public ProjectId Project => operation.Project;

    public ProjectName ProjectName { get; }

    public OperationName Name => new(ProjectName.Project, operation.Id);

    /// <summary>The label of the key that asked first.</summary>
    public string Creator => operation.Creator;

    /// <summary>When it was asked for: the same for every attempt.</summary>
    public DateTimeOffset CreateTime => operation.CreateTime;

    /// <summary>Whether <see cref="AnswerOnce"/> was called.</summary>
    internal bool IsAnsweredOnce { get; private set; }

    /// <summary>
    /// What was made followed from more than <see cref="LongWork.Identity"/>, such as the time: the same work asked for
    /// later is done anew, and not answered from what this one gives.
    /// </summary>
    public void AnswerOnce() => IsAnsweredOnce = true;

    /// <summary>What was given to <see cref="OperationStarter"/>.</summary>
    public T ReadRequest<T>()
        where T : IMessage<T>, new() => new MessageParser<T>(() => new()).ParseFrom(operation.Request);

    /// <summary>
    /// Tells how far the work is. Cheap to call often: it is written a few times a second at most, and at each new
    /// step.
    /// </summary>
    /// <param name="step">What is done now, for people.</param>
    /// <param name="total">Null where it is not known.</param>
    /// <param name="unit">What is counted, such as <c>samples</c>.</param>
    /// <exception cref="OperationCanceledException">The work must stop.</exception>
    public Task TellAsync(string step, long done, long? total, string unit, CancellationToken cancellationToken)
    {
        lock (telling)
        {
            if (step == toldStep && time.GetElapsedTime(toldAt) < TellInterval)
            {
                return Task.CompletedTask;
            }

            (toldStep, toldAt) = (step, time.GetTimestamp());
        }

        return lease.TellAsync(new(step, done, total, unit), cancellationToken);
    }

    /// <summary>What this or an earlier attempt has kept under that name; null: nothing.</summary>
    public Task<byte[]?> FindPartAsync(string name, CancellationToken cancellationToken) =>
        store.FindPartAsync(operation, name, cancellationToken);

    /// <summary>
    /// Keeps parts until the operation ends, all or none, for going on after a crash and for what memory should not
    /// hold. A part that exists is replaced.
    /// </summary>
    /// <exception cref="OperationCanceledException">The work must stop; nothing was kept.</exception>
    public Task KeepAsync(IReadOnlyCollection<OperationPart> parts, CancellationToken cancellationToken) =>
        lease.WriteAsync(parts, cancellationToken);
}
