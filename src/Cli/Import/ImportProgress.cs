using Dendrite.Cli.Output;
using Spectre.Console;

namespace Dendrite.Cli.Import;

/// <summary>Shows how an import goes: a bar at a terminal, a line at the start of each stream elsewhere.</summary>
internal static class ImportProgress
{
    public static async Task<T> ShowAsync<T>(CliOutput output, Func<IImportProgress, Task<T>> work)
    {
        if (!output.IsInteractive)
        {
            return await work(new Lines(output));
        }
        return await output
            .Terminal.Progress()
            .Columns(
                new TaskDescriptionColumn(),
                new ProgressBarColumn(),
                new PercentageColumn(),
                new RemainingTimeColumn()
            )
            .StartAsync(context => work(new Bars(context)));
    }

    private sealed class Lines(CliOutput output) : IImportProgress
    {
        public IProgress<long> Begin(StreamPlan plan)
        {
            int channels = plan.Descriptor.Channels.Count;
            output.Note($"{plan.StreamId}: {Figures.Count(plan.SampleCount)} samples of {channels} channels");
            return new Silent();
        }
    }

    private sealed class Silent : IProgress<long>
    {
        public void Report(long value) { }
    }

    private sealed class Bars(ProgressContext context) : IImportProgress
    {
        public IProgress<long> Begin(StreamPlan plan) =>
            new Bar(context.AddTask(Markup.Escape(plan.StreamId), maxValue: Math.Max(1, plan.SampleCount)));
    }

    /// <summary>Not <see cref="Progress{T}"/>, which posts to a thread pool and may report out of order.</summary>
    private sealed class Bar(ProgressTask task) : IProgress<long>
    {
        public void Report(long value) => task.Value = value;
    }
}
