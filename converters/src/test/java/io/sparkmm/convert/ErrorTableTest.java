package io.sparkmm.convert;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the message of each kind of wrong input is tested; a row whose test is gone fails. */
class ErrorTableTest {

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "hf_dir missing, cli.CommandLineErrorsTest, missingHuggingFaceFolder",
    "hf_dir is a file, cli.CommandLineErrorsTest, fileInsteadOfHuggingFaceFolder",
    "no safetensors or config.json, cli.CommandLineErrorsTest, huggingFaceFolderWithoutContent",
    "no safetensors or config.json, hf.HfFolderTest, refusesFoldersThatAreNotThereOrLackFiles",
    "kv heads, parallel.LayoutCheckTest, keyHeadsAndVocabularyMustBeDivisible",
    "sums, parallel.LayoutCheckTest, sumsMustBeThoseOfTheModel",
    "sums of audio, parallel.LayoutCheckTest, sumsOfTheAudioTowerMustBeThoseOfTheModel",
    "sums when reading, command.CheckpointErrorsTest, sumsMustBeThoseOfTheModel",
    "ragged lists, parallel.LayoutCheckTest, innerListsMustBeEquallyLong",
    "ragged lists, cli.CommandLineErrorsTest, raggedLists",
    "empty lists, parallel.LayoutCheckTest, listsNeedAStage",
    "empty lists, cli.CommandLineErrorsTest, emptyLists",
    "negative numbers, parallel.LayoutCheckTest, numbersOfLayersAreNotNegative",
    "sizes of 0, parallel.LayoutCheckTest, sizesHaveALeastValue",
    "vision after text, parallel.LayoutCheckTest, theVisionTowerMustEndBeforeTheLanguageModelBegins",
    "vision after text, cli.CommandLineErrorsTest, visionBehindText",
    "flat list, cli.CommandLineErrorsTest, flatListWhereNestedOnesAreMeant",
    "nested list, cli.CommandLineErrorsTest, nestedListWhereAFlatOneIsMeant",
    "unknown option or key, cli.CommandLineErrorsTest, unknownOptionsAndKeys",
    "vit_tp_size, parallel.LayoutCheckTest, sizesMustDivideTheLargest",
    "vit_tp_size, cli.CommandLineErrorsTest, visionSizeThatDoesNotDivide",
    "remainders, parallel.TensorSplitTest, remaindersOfRowsAreRefused",
    "remainders, command.HfToMmTest, aSizeThatDoesNotDivideATensorIsTold",
    "shape, command.HfToMmTest, aTensorOfUnexpectedShapeIsTold",
    "shape, model.FamilyChecksTest, tellsEveryWrongShapeWithWhereTheRightOneComesFrom",
    "missing part, command.HfToMmTest, missingPartsAndTensorsAreTold",
    "missing tensor, model.FamilyChecksTest, listsAllMissingTensors",
    "unknown tensor, command.HfToMmTest, unknownTensorsAreTold",
    "layer too many, command.HfToMmTest, layersPastThoseOfTheConfigurationAreTold",
    "layer too many, parallel.AssemblyTest, tensorsWithoutAPlaceAreTold",
    "tracker file missing, mm.TrackerTest, aMissingFileIsTold",
    "tracker file wrong, mm.TrackerTest, anythingElseInTheFileIsTold",
    "rank missing, command.CheckpointErrorsTest, aMissingRankIsToldWithTheSizesThatLeadToIt",
    "ranks too many, command.CheckpointErrorsTest, moreRanksThanTheOptionsSayAreTold",
    "file of another kind, command.CheckpointErrorsTest, aFileThatTorchDidNotWriteIsTold",
    "file of another kind, torch.MalformedArchiveTest, refusesWhatIsNoArchive",
    "file cut off, torch.DamagedTorchFileTest, refusesAFileCutAnywhere",
    "virtual stages, command.CheckpointErrorsTest, virtualStagesNeedTheLayersOfAllStages",
    "resplit sums, command.CheckpointErrorsTest, resplitComparesTheSumsOfBothSides",
    "resplit sums, cli.CommandLineErrorsTest, resplitToOtherNumbersOfLayers",
    "index missing, hf.HfExportTest, refusesSeveralFilesWithoutIndexAndNamesWithoutNumber",
    "tensor of the index missing, hf.HfExportTest, tellsEveryTensorThatIsMissingOrLeftOver",
    "adapters without flag, cli.CommandLineErrorsTest, adaptersWithoutTheirLayout",
    "target not writable, execute.PlanExecutorTest, saysWhichPathCannotBeWritten",
    "nothing left behind, execute.PlanExecutorTest, aTruncatedSourceLeavesNothingBehind",
    "foreign classes, pickle.GoldenPicklesTest, keepsForeignObjectsAsData"
  })
  void isTested(String input, String test, String method) throws ClassNotFoundException {
    Class<?> type = Class.forName(getClass().getPackageName() + "." + test);

    assertThat(Arrays.stream(type.getDeclaredMethods()).map(found -> found.getName()))
        .as(input)
        .contains(method);
  }

  @ParameterizedTest
  @CsvSource({"safetensors.MalformedFileTest", "torch.MalformedArchiveTest"})
  void damagedFilesHaveTestsOfTheirOwn(String test) throws ClassNotFoundException {
    assertThat(Class.forName(getClass().getPackageName() + "." + test).getDeclaredMethods())
        .isNotEmpty();
  }
}
