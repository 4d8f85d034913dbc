using Dendrite.Cli.Hosting;
using Dendrite.Client.Connection;
using Dendrite.V1;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;

namespace Dendrite.Cli.Connection;

/// <summary>The connected services, and the project that commands work in. Thread-safe.</summary>
internal sealed class Platform : IAsyncDisposable
{
    /// <summary>
    /// Large enough for any page or chunk that the contracts allow (3 MiB of samples), with room for the rest.
    /// </summary>
    private const int MaxMessageBytes = 16 << 20;

    /// <summary>How a full name begins.</summary>
    public const string FullNames = "projects/";

    private readonly List<GrpcChannel> channels = [];
    private readonly ConnectionOptions options;
    private readonly bool isProjectChosen;

    private Platform(ConnectionSettings settings)
    {
        Project = settings.Project!;
        isProjectChosen = settings.IsProjectChosen;
        options = new() { IngestAddresses = [settings.Ingest!], ApiKey = settings.ApiKey! };
        var interceptor = new ApiKeyInterceptor(settings.ApiKey!);
        var branch = Open(settings.Branch!, interceptor);
        Branches = new BranchService.BranchServiceClient(branch);
        Projects = new ProjectService.ProjectServiceClient(branch);
        Merges = new MergeService.MergeServiceClient(branch);
        Tags = new TagService.TagServiceClient(branch);
        Assertions = new AssertionService.AssertionServiceClient(branch);
        History = new HistoryService.HistoryServiceClient(branch);
        var ingest = Open(settings.Ingest!, interceptor);
        Ingest = new IngestService.IngestServiceClient(ingest);
        Query = new QueryService.QueryServiceClient(ingest);
        Datasets = new DatasetService.DatasetServiceClient(ingest);
        Records = new RecordService.RecordServiceClient(ingest);
        var comparison = Open(settings.Comparison!, interceptor);
        Comparison = new ComparisonService.ComparisonServiceClient(comparison);
        Experiments = new ExperimentService.ExperimentServiceClient(comparison);
        Reports = new ReportService.ReportServiceClient(comparison);
        Operations = new OperationService.OperationServiceClient(comparison);
        Quality = new QualityService.QualityServiceClient(comparison);
        CallInvoker scheduler = settings.Scheduler is { Length: > 0 } address
            ? Open(address, interceptor)
            : new NoScheduler();
        Jobs = new SchedulerService.SchedulerServiceClient(scheduler);
        Calendars = new CalendarService.CalendarServiceClient(scheduler);
        Retention = new RetentionService.RetentionServiceClient(scheduler);
        Backups = new BackupService.BackupServiceClient(scheduler);
        Alerts = new AlertService.AlertServiceClient(scheduler);
        Sync = new SyncService.SyncServiceClient(scheduler);
        Storage = new StorageService.StorageServiceClient(scheduler);
        Workflows = new WorkflowService.WorkflowServiceClient(scheduler);
        Gateway = new DendriteConnection(options);
    }

    /// <summary>Id of the project.</summary>
    public string Project { get; }

    public string ProjectName => $"projects/{Project}";

    public BranchService.BranchServiceClient Branches { get; }

    public ProjectService.ProjectServiceClient Projects { get; }

    public TagService.TagServiceClient Tags { get; }

    public AssertionService.AssertionServiceClient Assertions { get; }

    public HistoryService.HistoryServiceClient History { get; }

    public MergeService.MergeServiceClient Merges { get; }

    /// <summary>What is changed beside samples; these go by <see cref="Gateway"/>.</summary>
    public IngestService.IngestServiceClient Ingest { get; }

    public QueryService.QueryServiceClient Query { get; }

    public DatasetService.DatasetServiceClient Datasets { get; }

    public RecordService.RecordServiceClient Records { get; }

    public ComparisonService.ComparisonServiceClient Comparison { get; }

    public ExperimentService.ExperimentServiceClient Experiments { get; }

    public ReportService.ReportServiceClient Reports { get; }

    /// <summary>Work of every service that outlives its call.</summary>
    public OperationService.OperationServiceClient Operations { get; }

    public QualityService.QualityServiceClient Quality { get; }

    /// <summary>
    /// What runs by itself, and its runs. Calls to it and the next two fail with the remedy where the connection does
    /// not say where the scheduler is.
    /// </summary>
    public SchedulerService.SchedulerServiceClient Jobs { get; }

    public CalendarService.CalendarServiceClient Calendars { get; }

    public RetentionService.RetentionServiceClient Retention { get; }

    /// <summary>As <see cref="Retention"/>.</summary>
    public BackupService.BackupServiceClient Backups { get; }
    public SyncService.SyncServiceClient Sync { get; }

    /// <summary>As <see cref="Retention"/>.</summary>
    public WorkflowService.WorkflowServiceClient Workflows { get; }

    /// <summary>As <see cref="Retention"/>.</summary>
    public AlertService.AlertServiceClient Alerts { get; }

    /// <summary>As <see cref="Retention"/>.</summary>
    public StorageService.StorageServiceClient Storage { get; }

    /// <summary>
    /// The gateway SDK: appends exactly once, across breaks of the connection and restarts of the service.
    /// </summary>
    public DendriteConnection Gateway { get; }

    /// <summary>Opens channels to the services; nothing is sent yet.</summary>
    public static Platform Connect(ConnectionSettings settings) => new(settings);

    /// <summary>The full name of a project given by id or by full name; of the one worked in where none is.</summary>
    public string ProjectNameOf(string id) =>
        id.Length == 0 ? ProjectName
        : id.Contains('/') ? id
        : $"projects/{id}";

    /// <summary>The full name of a branch given by id or by full name.</summary>
    public string BranchName(string branch) => NameOf("branches", branch);

    /// <summary>The full name of a tag given by id or by full name.</summary>
    public string TagName(string tag) => NameOf("tags", tag);

    /// <summary>The full name of a report given by id or by full name.</summary>
    public string ReportName(string id) => NameOf("reports", id);

    /// <summary>The full name of a quality check given by id or by full name.</summary>
    public string QualityCheckName(string id) => NameOf("qualityChecks", id);

    /// <summary>The full name of an alert rule given by id or by full name.</summary>
    public string AlertRuleName(string id) => NameOf("alertRules", id);

    /// <summary>The full name of a retention policy given by id or by full name.</summary>
    public string RetentionPolicyName(string id) => NameOf("retentionPolicies", id);

    /// <summary>The full name of a backup plan given by id or by full name.</summary>
    public string BackupPlanName(string id) => NameOf("backupPlans", id);

    /// <summary>The full name of a backup given as <c>PLAN/ID</c> or by full name.</summary>
    /// <exception cref="CliException">An id alone: of which plan, it does not say.</exception>
    public string BackupName(string backup) =>
        backup.Split('/') switch
        {
            [_] => throw Usage($"'{backup}' is no backup: give PLAN/ID, as 'backup list PLAN' shows it."),
            [var plan, var id] => $"{BackupPlanName(plan)}/backups/{id}",
            _ => InProject(backup),
        };

    /// <summary>The full name of a sync source given by id or by full name.</summary>
    public string SyncSourceName(string id) => NameOf("syncSources", id);

    /// <summary>The full name of a workflow given by id or by full name.</summary>
    public string WorkflowName(string id) => NameOf("workflows", id);

    /// <summary>The full name of an assertion given by id or by full name.</summary>
    public string AssertionName(string id) => NameOf("assertions", id);

    /// <summary>The full name of a job given by id or by full name.</summary>
    public string JobName(string id) => NameOf("jobs", id);

    /// <summary>The full name of a run given as <c>JOB/RUN</c> or by full name.</summary>
    /// <exception cref="CliException">An id alone: of which job, it does not say.</exception>
    public string RunName(string run) =>
        run.Split('/') switch
        {
            [_] => throw Usage($"'{run}' is no run: give JOB/ID, as 'job runs' shows it."),
            [var job, var id] => $"{JobName(job)}/runs/{id}",
            _ => InProject(run),
        };

    /// <summary>The full name of a calendar given by id or by full name.</summary>
    public string CalendarName(string id) => NameOf("calendars", id);

    /// <summary>The full name of an operation given by id or by full name.</summary>
    public string OperationName(string id) => NameOf("operations", id);

    /// <summary>The full name of a stream.</summary>
    public string StreamName(string branch, string stream) =>
        stream.Contains('/') ? InProject(stream) : $"{BranchName(branch)}/streams/{stream}";

    /// <summary>The full name of a dataset.</summary>
    public string DatasetName(string branch, string dataset) =>
        dataset.Contains('/') ? InProject(dataset) : $"{BranchName(branch)}/datasets/{dataset}";

    /// <summary>The full name of a thing of a collection, given by id or by full name.</summary>
    /// <exception cref="CliException">Of another project than was given.</exception>
    public string NameOf(string collection, string id) =>
        id.Contains('/') ? InProject(id) : $"{ProjectName}/{collection}/{id}";

    /// <summary>A full name has its project in it.</summary>
    /// <exception cref="CliException">Another one was given.</exception>
    public string InProject(string name) =>
        !isProjectChosen
        || !name.StartsWith(FullNames, StringComparison.Ordinal)
        || name == ProjectName
        || name.StartsWith($"{ProjectName}/", StringComparison.Ordinal)
            ? name
            : throw Usage(
                $"{name} is not in the project that --project names, {Project}: leave one of them out, or give the id"
                    + " alone."
            );

    private static CliException Usage(string problem) => new(ExitCode.Usage, "USAGE", problem);

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        channels.ForEach(channel => channel.Dispose());
    }

    private CallInvoker Open(string address, Interceptor interceptor)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out _))
        {
            throw new CliException(
                ExitCode.Usage,
                "USAGE",
                $"'{address}' is no address of a service: give one such as http://localhost:5000."
            );
        }

        var channel = GrpcChannel.ForAddress(
            address,
            new GrpcChannelOptions
            {
                HttpHandler = ConnectionChannel.NewHandler(options),
                DisposeHttpClient = true,
                MaxReceiveMessageSize = MaxMessageBytes,
                MaxSendMessageSize = MaxMessageBytes,
            }
        );
        channels.Add(channel);
        return channel.Intercept(interceptor);
    }
}
