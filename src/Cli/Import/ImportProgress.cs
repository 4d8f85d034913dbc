using Dendrite.Cli.Output;
using Spectre.Console;

namespace Dendrite.Cli.Import;

/// <summary>Shows how an import goes: a bar at a terminal, a line at the start of each stream elsewhere.</summary>
internal static class ImportProgress
{
    /// <summary>One recording, a bar for each of its streams.</summary>
    public static async Task<T> ShowAsync<T>(CliOutput output, Func<IImportProgress, Task<T>> work)
    {
        if (!output.IsInteractive)
        {
            return await work(new Lines(output));
        }
        return await Columns(output).StartAsync(context => work(new Bars(context)));
    }

    /// <summary>Many recordings, one bar for all of them: the lines about each are results and go elsewhere.</summary>
    /// <param name="fileCount">How many there are.</param>
    /// <param name="work">Is given what to call after each file.</param>
    public static async Task<T> ShowFilesAsync<T>(CliOutput output, int fileCount, Func<Action, Task<T>> work)
    {
        if (!output.IsInteractive)
        {
            return await work(() => { });
        }
        return await Columns(output)
            .StartAsync(context =>
            {
                var bar = context.AddTask("recordings", maxValue: Math.Max(1, fileCount));
                return work(() => bar.Increment(1));
            });
    }

    /// <summary>Says nothing.</summary>
    public static IImportProgress None { get; } = new Nothing();

    private static Progress Columns(CliOutput output) =>
        output
            .Terminal.Progress()
            .Columns(
                new TaskDescriptionColumn(),
                new ProgressBarColumn(),
                new PercentageColumn(),
                new RemainingTimeColumn()
            );

    private sealed class Lines(CliOutput output) : IImportProgress
    {
        public IProgress<long> Begin(StreamPlan plan)
        {
            int channels = plan.Descriptor.Channels.Count;
            output.Note(
                $"{plan.StreamId}: {Figures.Count(plan.SampleCount, "sample")} of {Figures.Count(channels, "channel")}"
            );
            return new Silent();
        }
    }

    private sealed class Nothing : IImportProgress
    {
        public IProgress<long> Begin(StreamPlan plan) => new Silent();
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
