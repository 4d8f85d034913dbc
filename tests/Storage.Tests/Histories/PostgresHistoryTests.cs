using System.Globalization;
using Dendrite.Fixtures.Postgres;
using Dendrite.Versioning.Tests.Histories;
using FsCheck;
using FsCheck.Fluent;

namespace Dendrite.Storage.Tests.Histories;

using History = Dendrite.Versioning.Tests.Histories.History;

/// <summary>
/// The histories of the core's property test on PostgreSQL, with garbage collected in between. Core, PostgreSQL and the
/// model of copied dictionaries agree. <c>DENDRITE_DATABASE_HISTORIES=5000</c> runs a nightly's number.
/// </summary>
public sealed class PostgresHistoryTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const int Steps = 25;

    [Fact]
    public void PostgreSQL_and_the_core_agree_with_copied_dictionaries()
    {
        var count = 0;
        Prop.ForAll(
                HistoryStep.Histories(Steps),
                steps =>
                {
                    History.Play(new CoreStore(CoreRules.Ours), steps);
                    var project = $"history-{(++count).ToString(CultureInfo.InvariantCulture)}";
                    History.Play(PostgresStore.CreateAsync(database, project).GetAwaiter().GetResult(), steps);
                }
            )
            .Check(
                Config
                    .QuickThrowOnFailure.WithMaxTest(HistoryCount.FromEnvironment("DENDRITE_DATABASE_HISTORIES", 150))
                    .WithReplay(new Replay(new Rnd(20_261_121UL, 815UL), null))
            );
    }
}
