import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.mlflow.api.proto.Service;
import org.mlflow.tracking.ActiveRun;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.MlflowContext;

/** What a script in Java does with MLflow's client, by its two interfaces, and what it reads back of it. */
public class Train {
  public static void main(String[] words) throws Exception {
    new MlflowClient().createExperiment("from Java");
    MlflowContext context = new MlflowContext().setExperimentName("from Java");
    ActiveRun run = context.startRun("first \u00fcn\u00ef");
    run.logParam("lr", "0.1");
    run.logParams(Map.of("depth", "6", "model", "gbm"));
    for (int step = 0; step < 3; step++) run.logMetric("loss", 1.0 / (1 << step), step);
    run.logMetric("odd", Double.NaN, 0);
    run.logMetrics(Map.of("acc", 0.75), 3);
    run.setTag("team", "blue");
    Path note = Files.createTempDirectory("java").resolve("note.txt");
    Files.writeString(note, "from Java\n");
    run.logArtifact(note, "notes");
    ActiveRun child = context.startRun("inner", run.getId());
    child.logMetric("loss", 7.0);
    child.endRun();

    MlflowClient client = context.getClient();
    client.logBatch(
        run.getId(),
        List.of(Service.Metric.newBuilder().setKey("batch").setValue(2.5).setTimestamp(1_700_000_000_000L).setStep(4).build()),
        List.of(Service.Param.newBuilder().setKey("batched").setValue("yes").build()),
        List.of(Service.RunTag.newBuilder().setKey("gone").setValue("soon").build()));
    client.deleteTag(run.getId(), "gone");
    run.endRun();

    Service.Run read = client.getRun(run.getId());
    Map<String, String> params = new TreeMap<>();
    for (Service.Param param : read.getData().getParamsList()) params.put(param.getKey(), param.getValue());
    String history = client.getMetricHistory(run.getId(), "loss").stream().map(point -> point.getStep() + ":" + point.getValue()).collect(Collectors.joining(" "));
    List<String> found = client.searchRuns(List.of(context.getExperimentId()), "metrics.acc > 0.7 and params.model = 'gbm'").stream().map(Service.RunInfo::getRunId).toList();
    File back = client.downloadArtifacts(run.getId(), "notes/note.txt");
    System.out.println("RUN " + run.getId() + " " + child.getId());
    System.out.println("READ " + read.getInfo().getStatus() + " " + params + " " + history + " " + found.equals(List.of(run.getId())) + " " + Files.readString(back.toPath()).strip());
  }
}
