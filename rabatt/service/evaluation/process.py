"""The work of a process apart: it reads, looks up, evaluates and writes by itself, and answers what goes out."""

from dataclasses import dataclass
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from engine import Settings as EngineSettings
from rabatt.service.evaluation.answer import EvaluationAnswer, EvaluationRequest, answered, evaluation_input, read
from rabatt.service.logs import set_up_logs
from rabatt.service.pool import Begin, Work
from rabatt.service.problems import Problem, answer_of, database_problem
from rabatt.service.rule_sets import RuleSets
from rabatt.service.settings import ServiceSettings
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.failures import Unavailable
from rabatt.service.store.sqlite import Identity
from rules import Refused


@dataclass(frozen=True, slots=True)
class Apart:
    """What such a process works with; its rules are its own."""

    settings: ServiceSettings
    engine: EngineSettings
    store: ServiceStore
    rule_sets: RuleSets

    def answer(self, request: EvaluationRequest, begin: Begin) -> EvaluationAnswer:
        """The answer to a receipt, also where that is a fault."""
        try:
            receipt = read(request, self.settings)
            look = partial(
                evaluation_input, request=request, receipt=receipt, settings=self.settings, engine=self.engine
            )
            with self.store.reading(at_one_moment=True) as connection:
                seen, rules = self.rule_sets.together(connection, request.aid, look)
            begin()
            return answered(request, seen, rules, self.settings)
        except (Problem, Refused) as problem:
            response = answer_of(problem)
        except (SQLAlchemyError, Unavailable) as error:
            response = database_problem(error).response()
        return EvaluationAnswer(response.status_code, bytes(response.body), "application/json", dict(response.headers))


def make_work(settings: ServiceSettings, identity: Identity | None) -> Work:
    """What such a process does, made there."""
    set_up_logs(settings.log_level)
    store = ServiceStore(
        settings.database.get_secret_value(), connections=1, seconds=settings.database_seconds, identity=identity
    )
    return Apart(settings, settings.engine, store, RuleSets()).answer
