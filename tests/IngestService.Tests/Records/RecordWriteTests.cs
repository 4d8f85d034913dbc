using Dendrite.Errors;
using Google.Protobuf.WellKnownTypes;
using static Dendrite.IngestService.Tests.Records.RecordLab;

namespace Dendrite.IngestService.Tests.Records;

public sealed class RecordWriteTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    [Fact]
    public async Task A_record_is_put_patched_deleted_and_each_state_stays_readable()
    {
        var lab = await CreateAsync(fixture);
        var put = await lab.PutAsync(Subjects, Row(("id", "S1"), ("age", 40)));
        var patch = await lab.Records.PatchRecordsAsync(
            new()
            {
                Parent = lab.Name(Subjects),
                Patches =
                {
                    new V1.RecordPatch { RecordId = "S1", Values = Row(("age", 41), ("mail", "a@b")) },
                },
            },
            IngestFixture.Options
        );
        var delete = await lab.Records.DeleteRecordsAsync(
            new() { Parent = lab.Name(Subjects), Deletes = { new V1.RecordDelete { RecordId = "S1" } } },
            IngestFixture.Options
        );

        Assert.Equal("F", put.Records[0].Values.Fields["sex"].StringValue);
        Assert.Equal(41, patch.Records[0].Values.Fields["age"].NumberValue);
        Assert.Equal(1, delete.DeletedCount);
        var first = await lab.GetAsync(Subjects, "S1", put.Version);
        Assert.Equal(40, first.Values.Fields["age"].NumberValue);
        Assert.Equal(Value.ForNull(), first.Values.Fields["mail"]);
        Assert.Equal(put.Version, first.Version);
        Assert.Equal("a@b", (await lab.GetAsync(Subjects, "S1", patch.Version)).Values.Fields["mail"].StringValue);
        Assert.Equal(ErrorReason.RecordNotFound, (await RefusedAsync(() => lab.GetAsync(Subjects, "S1"))).Reason);
    }

    [Fact]
    public async Task Values_that_a_column_refuses_are_named_all_at_once_and_nothing_is_written()
    {
        var lab = await CreateAsync(fixture);

        var refusal = await RefusedAsync(() =>
            lab.PutAsync(Subjects, Row(("id", "S1"), ("age", 121)), Row(("id", "s2"), ("sex", "X")))
        );

        Assert.Equal(ErrorReason.ConstraintViolated, refusal.Reason);
        Assert.Equal(
            ["records[0].values.age", "records[1].values.id", "records[1].values.sex"],
            refusal.FieldViolations.Select(violation => violation.Field)
        );
        Assert.Equal("subjects", refusal.Metadata["dataset"]);
        Assert.Equal("age", refusal.Metadata["column"]);
        Assert.Empty(await lab.QueryAsync(Subjects));
    }

    [Fact]
    public async Task What_is_unique_is_taken_once_among_stored_records_and_within_a_request()
    {
        var lab = await CreateAsync(fixture);
        await lab.PutAsync(Subjects, Row(("id", "S1"), ("mail", "a@b")), Row(("id", "S2")), Row(("id", "S3")));

        var stored = await RefusedAsync(() => lab.PutAsync(Subjects, Row(("id", "S4"), ("mail", "a@b"))));
        var within = await RefusedAsync(() =>
            lab.PutAsync(Subjects, Row(("id", "S5"), ("mail", "c@d")), Row(("id", "S6"), ("mail", "c@d")))
        );

        Assert.Equal(ErrorReason.ConstraintViolated, stored.Reason);
        Assert.Equal(
            ("one_mail", "S1", "S4"),
            (stored.Metadata["constraint"], stored.Metadata["other_record"], stored.Metadata["record"])
        );
        Assert.Equal("S5", within.Metadata["other_record"]);
        // Handing it over in one commit is no conflict, and writing the same again is none with itself.
        await lab.PutAsync(Subjects, Row(("id", "S1"), ("mail", "x@y")), Row(("id", "S2"), ("mail", "a@b")));
        await lab.PutAsync(Subjects, Row(("id", "S2"), ("mail", "a@b"), ("age", 3)));
    }

    [Fact]
    public async Task A_reference_holds_in_both_directions()
    {
        var lab = await CreateAsync(fixture);
        var dangling = await RefusedAsync(() => lab.PutAsync(Visits, Row(("subject", "S1"), ("visit", 1))));
        await lab.PutAsync(Subjects, Row(("id", "S1")));
        await lab.PutAsync(Visits, Row(("subject", "S1"), ("visit", 1)));
        var abandoned = await RefusedAsync(() => DeleteSubjectAsync(lab).ResponseAsync);

        Assert.Equal(ErrorReason.ConstraintViolated, dangling.Reason);
        Assert.Equal(
            ("of_subject", "visits", "S1,1"),
            (dangling.Metadata["constraint"], dangling.Metadata["dataset"], dangling.Metadata["record"])
        );
        Assert.Equal(ErrorReason.ConstraintViolated, abandoned.Reason);
        Assert.Equal("visits/S1,1", abandoned.Metadata["other_record"]);
        // Together they go in one commit.
        var both = await lab.Records.CommitTransactionAsync(
            new()
            {
                Parent = lab.Branch,
                Writes =
                {
                    new V1.DatasetWrites
                    {
                        DatasetId = Subjects,
                        Deletes = { new V1.RecordDelete { RecordId = "S1" } },
                    },
                    new V1.DatasetWrites
                    {
                        DatasetId = Visits,
                        Deletes = { new V1.RecordDelete { RecordId = "S1,1" } },
                    },
                },
            },
            IngestFixture.Options
        );
        Assert.Equal(2, both.WrittenRecords);
    }

    [Fact]
    public async Task A_transaction_writes_many_datasets_in_one_commit_or_nothing()
    {
        var lab = await CreateAsync(fixture);
        var request = new V1.CommitTransactionRequest
        {
            Parent = lab.Branch,
            Writes =
            {
                new V1.DatasetWrites
                {
                    DatasetId = Visits,
                    Puts = { new V1.RecordPut { Values = Row(("subject", "S1"), ("visit", 1)) } },
                },
                new V1.DatasetWrites
                {
                    DatasetId = Subjects,
                    Puts = { new V1.RecordPut { Values = Row(("id", "S1")) } },
                },
            },
        };
        var done = await lab.Records.CommitTransactionAsync(request, IngestFixture.Options);
        Assert.Equal(done.Version, (await lab.GetAsync(Subjects, "S1")).Version);
        Assert.Equal(done.Version, (await lab.GetAsync(Visits, "S1,1")).Version);

        request.Writes[0].Puts[0].Values = Row(("subject", "S9"), ("visit", 1));
        await RefusedAsync(() => lab.Records.CommitTransactionAsync(request, IngestFixture.Options).ResponseAsync);
        Assert.Equal(done.Version, (await lab.GetAsync(Subjects, "S1")).Version);

        request.Writes.RemoveAt(0);
        request.IfHeadVersion = done.Version - 1;
        var moved = await RefusedAsync(() =>
            lab.Records.CommitTransactionAsync(request, IngestFixture.Options).ResponseAsync
        );
        Assert.Equal(ErrorReason.VersionMismatch, moved.Reason);
    }

    [Fact]
    public async Task Of_a_hundred_clients_that_claim_the_last_place_exactly_one_wins()
    {
        var lab = await CreateAsync(fixture);
        var free = await lab.PutAsync(Subjects, Row(("id", "LAST-PLACE")));

        var claims = await Task.WhenAll(Enumerable.Range(0, 100).Select(ClaimAsync));

        var winner = Array.FindIndex(claims, error => error is null);
        Assert.Equal(1, claims.Count(error => error is null));
        Assert.All(
            claims.OfType<DendriteException>(),
            error => Assert.Equal(ErrorReason.VersionMismatch, error.Reason)
        );
        Assert.Equal(winner, (await lab.GetAsync(Subjects, "LAST-PLACE")).Values.Fields["age"].NumberValue);

        async Task<DendriteException?> ClaimAsync(int client)
        {
            var request = new V1.PatchRecordsRequest
            {
                Parent = lab.Name(Subjects),
                Patches =
                {
                    new V1.RecordPatch
                    {
                        RecordId = "LAST-PLACE",
                        Values = Row(("age", client)),
                        IfVersion = free.Version,
                    },
                },
            };
            try
            {
                await lab.Records.PatchRecordsAsync(request, IngestFixture.Options);
                return null;
            }
            catch (Grpc.Core.RpcException failure)
                when (Contracts.Errors.ErrorStatus.FromRpcException(failure) is { } refusal)
            {
                return refusal;
            }
        }
    }

    [Fact]
    public async Task A_request_with_an_id_is_done_once_and_answered_alike()
    {
        var lab = await CreateAsync(fixture);
        var request = new V1.PutRecordsRequest
        {
            Parent = lab.Name(Subjects),
            RequestId = "2f1e4c9a-8d3b-4a57-9c60-1b2d3e4f5a6b",
            Records =
            {
                new V1.RecordPut { Values = Row(("id", "S1"), ("age", 7)), IfVersion = 0 },
            },
        };
        var first = await lab.Records.PutRecordsAsync(request, IngestFixture.Options);
        await lab.PutAsync(Subjects, Row(("id", "S1"), ("age", 8)));
        var again = await lab.Records.PutRecordsAsync(request, IngestFixture.Options);

        Assert.Equal(first, again);
        Assert.Equal(8, (await lab.GetAsync(Subjects, "S1")).Values.Fields["age"].NumberValue);
        request.Records[0].Values = Row(("id", "S2"));
        var reused = await RefusedAsync(() =>
            lab.Records.PutRecordsAsync(request, IngestFixture.Options).ResponseAsync
        );
        Assert.Equal(ErrorReason.RequestIdReused, reused.Reason);
    }

    [Fact]
    public async Task Of_equal_requests_at_once_one_is_done_and_all_get_its_answer()
    {
        var lab = await CreateAsync(fixture);
        await lab.PutAsync(Subjects, Row(("id", "S1")));
        var commits = await fixture.CountAsync("SELECT count(*) FROM branching.commit");
        var request = new V1.PutRecordsRequest
        {
            Parent = lab.Name(Subjects),
            RequestId = $"{Guid.CreateVersion7()}",
            Records = { new V1.RecordPut { Values = Row(("id", "S1"), ("age", 7)) } },
        };

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(_ => lab.Records.PutRecordsAsync(request, IngestFixture.Options).ResponseAsync)
        );

        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
        Assert.Equal(commits + 1, await fixture.CountAsync("SELECT count(*) FROM branching.commit"));
    }

    [Fact]
    public async Task A_repeated_request_is_answered_though_what_it_did_would_refuse_it_now()
    {
        var lab = await CreateAsync(fixture);
        var put = await lab.PutAsync(Subjects, Row(("id", "S1")), Row(("id", "S2")));
        var patch = new V1.PatchRecordsRequest
        {
            Parent = lab.Name(Subjects),
            RequestId = "3f1e4c9a-8d3b-4a57-9c60-1b2d3e4f5a6b",
            Patches =
            {
                new V1.RecordPatch
                {
                    RecordId = "S1",
                    Values = Row(("age", 41)),
                    IfVersion = put.Version,
                },
            },
        };
        // The first finds no record a second time; the other finds nothing to do.
        V1.DeleteRecordsRequest[] deletes =
        [
            new()
            {
                Parent = lab.Name(Subjects),
                RequestId = "4f1e4c9a-8d3b-4a57-9c60-1b2d3e4f5a6b",
                Deletes = { new V1.RecordDelete { RecordId = "S1" } },
            },
            new()
            {
                Parent = lab.Name(Subjects),
                RequestId = "5f1e4c9a-8d3b-4a57-9c60-1b2d3e4f5a6b",
                Deletes =
                {
                    new V1.RecordDelete { RecordId = "S2", AllowMissing = true },
                },
            },
        ];

        var patched = await lab.Records.PatchRecordsAsync(patch, IngestFixture.Options);
        Assert.Equal(patched, await lab.Records.PatchRecordsAsync(patch, IngestFixture.Options));
        foreach (var delete in deletes)
        {
            var deleted = await lab.Records.DeleteRecordsAsync(delete, IngestFixture.Options);
            Assert.Equal(1, deleted.DeletedCount);
            Assert.Equal(deleted, await lab.Records.DeleteRecordsAsync(delete, IngestFixture.Options));
        }

        Assert.Equal(patched, await lab.Records.PatchRecordsAsync(patch, IngestFixture.Options));
        patch.Patches[0].Values = Row(("age", 42));
        var reused = await RefusedAsync(() =>
            lab.Records.PatchRecordsAsync(patch, IngestFixture.Options).ResponseAsync
        );
        Assert.Equal(ErrorReason.RequestIdReused, reused.Reason);
    }

    private static Grpc.Core.AsyncUnaryCall<V1.DeleteRecordsResponse> DeleteSubjectAsync(RecordLab lab) =>
        lab.Records.DeleteRecordsAsync(
            new() { Parent = lab.Name(Subjects), Deletes = { new V1.RecordDelete { RecordId = "S1" } } },
            IngestFixture.Options
        );
}
