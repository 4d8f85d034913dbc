using Dendrite.Client.Connection;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Grpc.Core;
using Polly;

namespace Dendrite.Client.Appending;

/// <summary>
/// Keeps a call open until everything in the window is durable: opens, sends, hears acknowledgements, and begins again
/// when the call breaks. The first open takes the stream over; later ones go on under the same epoch, so that a writer
/// that was replaced in the meantime learns of it and does not take the stream back.
/// </summary>
internal sealed class AppendLoop
{
    private readonly DendriteConnection connection;
    private readonly WriterOptions options;
    private readonly SendWindow window;
    private readonly ResiliencePipeline retry;
    private readonly TimeProvider time;
    private AppendCall? call;
    private long? epoch;
    private long acknowledged;

    /// <summary>When a call broke first since the last progress; null while none has.</summary>
    private long? troubledSince;

    public AppendLoop(DendriteConnection connection, WriterOptions options, SendWindow window)
    {
        this.connection = connection;
        this.options = options;
        this.window = window;
        time = connection.Options.Time;
        retry = RetryRules.BuildPipeline(connection.Options.Retry, time, MayGoOn);
    }

    public bool Finish { get; set; }

    public V1.AppendClosed? Closed { get; private set; }

    public WriterProgress Progress { get; private set; }

    public Func<long> WrittenSample { get; set; } = () => 0;

    /// <summary>Opens the first call.</summary>
    public async Task<V1.AppendOpened> OpenAsync(CancellationToken cancellation)
    {
        try
        {
            return await retry.ExecuteAsync(async token => await OpenCallAsync(token), cancellation);
        }
        catch (Exception failure)
        {
            throw RetryRules.Explain(failure);
        }
    }

    /// <summary>
    /// Runs until the window is complete and durable, or a failure does not pass. Failures reach the window too.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (Closed is null)
            {
                await retry.ExecuteAsync(async token => await RunCallAsync(token), cancellation);
            }
        }
        catch (Exception failure)
        {
            var explained = RetryRules.Explain(failure);
            window.Fail(explained);
            if (ReferenceEquals(explained, failure))
            {
                throw;
            }

            throw explained;
        }
        finally
        {
            call?.Dispose();
        }
    }

    /// <summary>
    /// One call, from open to its end. A break after progress is no failure: the next call begins without delay.
    /// </summary>
    private async Task RunCallAsync(CancellationToken cancellation)
    {
        var durableBefore = Progress.DurableSample;
        try
        {
            if (call is null)
            {
                await OpenCallAsync(cancellation);
                Progress = Progress with { Reconnects = Progress.Reconnects + 1 };
            }

            Closed = await call!.RunAsync(window, ToClose, OnAcked, cancellation);
        }
        catch (RpcException failure) when (FindFinished(failure) is { } closed)
        {
            Closed = closed;
        }
        catch (Exception failure) when (RetryRules.IsPassing(failure) && Progress.DurableSample > durableBefore)
        {
            // The loop goes round.
        }
        finally
        {
            call?.Dispose();
            call = null;
        }
    }

    /// <summary>
    /// When the service's last word was lost, the stream that this writer finished refuses to be opened again. That it
    /// was this writer shows in where it ends.
    /// </summary>
    private V1.AppendClosed? FindFinished(RpcException failure)
    {
        var finished =
            Finish
            && ErrorStatus.FromRpcException(failure) is { Reason: ErrorReason.StreamFinished } error
            && error.Metadata.TryGetValue("end_sample", out var end)
            && end == WrittenSample().ToString();
        return finished
            ? new()
            {
                ThroughSample = WrittenSample(),
                Version = Progress.Version,
                Finished = true,
            }
            : null;
    }

    private async Task<V1.AppendOpened> OpenCallAsync(CancellationToken cancellation)
    {
        // The call lives longer than the wish to open it: a limit for opening is none for what comes later. Never
        // disposed: it has no timer, and the call may look at it to its end.
        var life = new CancellationTokenSource();
        var opening = new AppendCall(connection.Ingest.Append(connection.CallOptions(life.Token)));
        try
        {
            using var link = cancellation.Register(life.Cancel);
            var opened = await opening.OpenAsync(ToOpen(), cancellation);
            epoch = opened.Epoch;
            window.CapacityBytes = Math.Min(options.MaxBytesInFlight, opened.MaxBytesInFlight);
            window.MaxBlockBytes = BlockLimit.Of(opened);
            window.Rewind(GroupEnds.Of(opened, options.Descriptor));
            acknowledged = 0;
            if (opened.NextSample > Progress.DurableSample || window.IsIdle)
            {
                // A service that opens streams and takes nothing makes no progress; where nothing waits, none is due.
                troubledSince = null;
            }

            OnDurable(opened.NextSample, opened.AcknowledgedVersion);
            call = opening;
            return opened;
        }
        catch
        {
            opening.Dispose();
            throw;
        }
    }

    private V1.AppendOpen ToOpen()
    {
        var open = new V1.AppendOpen
        {
            Stream = options.Stream,
            Descriptor_ = options.Descriptor,
            CreateIfMissing = true,
            Writer = options.Writer,
            CommitMessage = options.CommitMessage,
            EpochPolicy = epoch is null ? V1.EpochPolicy.TakeOver : V1.EpochPolicy.SameEpoch,
        };
        if (epoch is { } own)
        {
            open.Epoch = own;
        }

        return open;
    }

    /// <summary>With where it ends, so that nothing is finished of which a part is missing.</summary>
    private V1.AppendClose ToClose() => new() { Finish = Finish, EndSample = WrittenSample() };

    private void OnAcked(V1.AppendAcked acked)
    {
        if (acked.ThroughSample > Progress.DurableSample || acked.DurableMessages > acknowledged)
        {
            acknowledged = acked.DurableMessages;
            troubledSince = null;
        }

        OnDurable(acked.ThroughSample, acked.Version);
    }

    /// <summary>Asked after each failure that passes by itself.</summary>
    private bool MayGoOn()
    {
        troubledSince ??= time.GetTimestamp();
        return time.GetElapsedTime(troubledSince.Value) < connection.Options.Retry.GiveUpAfter;
    }

    private void OnDurable(long sample, long version)
    {
        Progress = Progress with { DurableSample = sample, Version = version, WrittenSample = WrittenSample() };
        options.OnProgress?.Invoke(Progress);
    }
}
