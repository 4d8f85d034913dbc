using Dendrite.Errors;
using Google.Protobuf.WellKnownTypes;
using static Dendrite.IngestService.Tests.Records.RecordLab;

namespace Dendrite.IngestService.Tests.Records;

/// <summary>Pages of records whose texts are long.</summary>
public sealed class LargePageTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    [Fact]
    public async Task A_page_ends_before_it_is_larger_than_a_message_may_be()
    {
        var lab = await CreateAsync(fixture);
        for (var i = 0; i < 6; i++)
        {
            await lab.PutAsync(Subjects, Row(("id", $"S{i}"), ("mail", new string((char)('a' + i), 900_000))));
        }

        var request = new V1.QueryRecordsRequest { Parent = lab.Name(Subjects), PageSize = 100 };
        var first = await lab.Records.QueryRecordsAsync(request, IngestFixture.Options);
        request.PageToken = first.NextPageToken;
        var second = await lab.Records.QueryRecordsAsync(request, IngestFixture.Options);

        Assert.Equal(
            ["S0", "S1", "S2", "S3", "S4", "S5"],
            first.Records.Concat(second.Records).Select(record => record.Values.Fields["id"].StringValue)
        );
        Assert.Empty(second.NextPageToken);
        var exported = await lab.ExportAsync(Subjects, V1.RecordFormat.Csv);
        Assert.Equal(["S0", "S1", "S2", "S3", "S4", "S5"], exported.Split('\n')[1..^1].Select(line => line[..2]));
    }

    [Fact]
    public async Task A_write_whose_answer_would_be_larger_than_a_message_is_refused_before_anything_is_written()
    {
        var lab = await CreateAsync(fixture);
        for (var i = 0; i < 5; i++)
        {
            await lab.PutAsync(Subjects, Row(("id", $"S{i}"), ("mail", new string((char)('a' + i), 900_000))));
        }

        var request = new V1.PatchRecordsRequest
        {
            Parent = lab.Name(Subjects),
            RequestId = $"{Guid.CreateVersion7()}",
        };
        request.Patches.AddRange(
            Enumerable.Range(0, 5).Select(i => new V1.RecordPatch { RecordId = $"S{i}", Values = Row(("age", 7)) })
        );
        var refused = await RefusedAsync(PatchAsync);
        var kept = await lab.GetAsync(Subjects, "S0");
        request.Patches.RemoveAt(4);
        var patched = await PatchAsync();

        Assert.Equal(ErrorReason.InvalidArgument, refused.Reason);
        Assert.Equal("patches", Assert.Single(refused.FieldViolations).Field);
        Assert.Equal(Value.ForNull(), kept.Values.Fields["age"]);
        Assert.Equal(4, patched.Records.Count);
        Assert.Equal(patched, await PatchAsync());
        Assert.Equal(patched.Records[0], await lab.GetAsync(Subjects, "S0"));

        async Task<V1.PatchRecordsResponse> PatchAsync() =>
            await lab.Records.PatchRecordsAsync(request, IngestFixture.Options);
    }

    [Fact]
    public async Task A_list_of_datasets_ends_before_it_is_larger_than_a_message_may_be()
    {
        var lab = new RecordLab(fixture, await fixture.ForkAsync());
        for (var i = 0; i < 6; i++)
        {
            var dataset = SubjectsDataset();
            dataset
                .Columns[3]
                .AllowedValues.Add(
                    Enumerable.Range(0, 900).Select(value => Value.ForString(new string('x', 1_000) + value))
                );
            await lab.CreateAsync($"d{i}", dataset);
        }

        var request = new V1.ListDatasetsRequest { Parent = lab.Branch };
        var first = await lab.Datasets.ListDatasetsAsync(request, IngestFixture.Options);
        request.PageToken = first.NextPageToken;
        var second = await lab.Datasets.ListDatasetsAsync(request, IngestFixture.Options);

        Assert.Equal(
            ["d0", "d1", "d2", "d3", "d4", "d5"],
            first.Datasets.Concat(second.Datasets).Select(dataset => dataset.Name[^2..])
        );
        Assert.Empty(second.NextPageToken);
    }

    [Theory]
    [InlineData("mail", "S1 S2 S3 S4 S5")]
    [InlineData("mail desc", "S5 S4 S3 S2 S1")]
    [InlineData("sex, mail desc", "S5 S4 S3 S2 S1")]
    public async Task Pages_go_on_after_a_text_that_is_longer_than_a_token(string order, string expected)
    {
        var lab = await CreateAsync(fixture);
        var begin = new string('ä', 9_000);
        await lab.PutAsync(
            Subjects,
            [.. Enumerable.Range(1, 5).Select(i => Row(("id", $"S{i}"), ("mail", i < 5 ? $"{begin}{i}" : null)))]
        );

        Assert.Equal(expected, string.Join(' ', await lab.QueryAsync(Subjects, orderBy: order)));
    }
}
