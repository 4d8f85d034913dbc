using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Tests.Backups;

/// <summary>What a lab has: recordings with masks, records that changed, experiments merged and open.</summary>
internal static class BackupScenes
{
    public const string Dataset = "subject";

    /// <summary>
    /// <c>main</c> has two merged experiments, one of them gone; <c>open</c> is one that goes on from before the
    /// second; tag <c>v1</c> is main in between.
    /// </summary>
    public static async Task PlayAsync(BackupLab lab)
    {
        await lab.ForkAsync("first");
        await CreateDatasetAsync(lab, "first");
        await PutAsync(lab, "first", ("s1", 30, "a"), ("s2", 41, "b"), ("s3", 52, "a"));
        await lab.Recorder.AppendAsync("first", "eeg", 6);
        await lab.Recorder.MaskAsync("first", "eeg", 200, 700);
        await lab.Recorder.AppendAsync("first", "eeg", 3);
        await lab.MergeAsync("first");
        await lab.TagAsync("v1", "main");
        await lab.ForkAsync("open");
        await lab.ForkAsync("second");
        await PutAsync(lab, "second", ("s2", 42, "b"), ("s4", 27, "a"));
        await DeleteAsync(lab, "second", "s3");
        await lab.Recorder.AppendAsync("second", "eeg", 4);
        await lab.Recorder.MaskAsync("second", "eeg", 900, 1_100, "C4");
        await lab.MergeAsync("second");
        await PutAsync(lab, "open", ("s1", 31, "a"), ("s9", 60, "c"));
        await lab.Recorder.AppendAsync("open", "emg", 2);
        await DeleteBranchAsync(lab, "first");
    }

    public static async Task CreateDatasetAsync(BackupLab lab, string branch)
    {
        var dataset = new Dataset { KeyColumns = { "id" } };
        dataset.Columns.Add(
            new Column
            {
                Column_ = "id",
                Type = ColumnType.Text,
                Required = true,
            }
        );
        dataset.Columns.Add(new Column { Column_ = "age", Type = ColumnType.Integer });
        dataset.Columns.Add(new Column { Column_ = "arm", Type = ColumnType.Text });
        var request = new CreateDatasetRequest
        {
            Parent = $"{BackupLab.Project}/branches/{branch}",
            DatasetId = Dataset,
            Dataset = dataset,
        };
        await lab.Datasets.CreateDatasetAsync(request, lab.Options);
    }

    public static async Task PutAsync(BackupLab lab, string branch, params (string Id, int Age, string Arm)[] subjects)
    {
        var request = new PutRecordsRequest { Parent = $"{BackupLab.Project}/branches/{branch}/datasets/{Dataset}" };
        foreach (var (id, age, arm) in subjects)
        {
            var values = new Struct();
            values.Fields.Add("id", Value.ForString(id));
            values.Fields.Add("age", Value.ForNumber(age));
            values.Fields.Add("arm", Value.ForString(arm));
            request.Records.Add(new RecordPut { Values = values });
        }

        await lab.Records.PutRecordsAsync(request, lab.Options);
    }

    private static async Task DeleteAsync(BackupLab lab, string branch, string id)
    {
        var request = new DeleteRecordsRequest { Parent = $"{BackupLab.Project}/branches/{branch}/datasets/{Dataset}" };
        request.Deletes.Add(new RecordDelete { RecordId = id });
        await lab.Records.DeleteRecordsAsync(request, lab.Options);
    }

    private static async Task DeleteBranchAsync(BackupLab lab, string branch) =>
        await lab.Branches.DeleteBranchAsync(new() { Name = $"{BackupLab.Project}/branches/{branch}" }, lab.Options);
}
